"""News of a payment arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from kit.tenancy import current_store
from tenants.campaigns.services.change_quota import QuotaChange, QuotaShort, change_quota
from tenants.campaigns.services.seats import SeatLost
from tenants.commissions.services.accrue import accrue
from tenants.delivery.slots import SlotFull, take_slot
from tenants.fulfilment.services.issue_pickup import issue_pickup
from tenants.integrations.services.announce import announce
from tenants.inventory.services.move_stock import StockShort
from tenants.inventory.services.take import take
from tenants.inventory.services.take_unpromised import take_unpromised
from tenants.journal.services import Actor, leave_fact, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import Order, OrderLine, OrderState
from tenants.orders.services import mark_paid, note_money
from tenants.orders.told import told
from tenants.payments.joint import divided
from tenants.payments.models import Payment
from tenants.payments.news import PaymentNews
from tenants.payments.selectors import PaymentMissing
from tenants.payments.services import hear_payment, request_refund
from tenants.payments.ways import BALANCE
from tenants.points.services.spend import PointsGone
from tenants.promotions.services.use_coupon import CouponBudgetSpent, CouponGone, use_coupon
from tenants.sales.services.join_chains import join_chains
from tenants.sales.services.join_teams import join_teams, take_seats_again
from tenants.sales.services.late_orders import note_late, refuse_failed
from tenants.sales.services.points_of_order import spend_points, spend_points_again
from tenants.sales.services.settle_deposit import take_deposit
from tenants.sales.services.shared_coupon import lock_coupon_again
from tenants.sales.stock import stock_lines

PAID_TWICE = "重复付款，自动退回"
TOO_LATE = "付款到达时订单已关闭，且商品已售完、拼团已满或优惠券已失效"


def settle_payment(*, news: PaymentNews, now: datetime) -> Payment:
    """Take in what a provider says of a payment, and let follow what follows.

    News may come in any order and any number of times: the result is the same. The first money for an order pays it,
    also when the campaign was cut off meanwhile. Money for an order that was closed opens it again if the goods are
    still there; otherwise, and when an order is paid twice, the money goes back by itself. An amount that is not the
    one asked for is parked for a person, and pays nothing. Money for several orders is divided: each goes its own way.

    :raises PaymentMissing: no payment has this key.
    """
    order_id, checkout_id = _paid_for(news)
    with transaction.atomic(durable=True):
        # First the orders, then the payment: every story that holds both takes them so.
        orders = held_orders(order_id=order_id, checkout_id=checkout_id)
        payment = Payment.objects.select_for_update(no_key=True).get(key=news.key)
        settle_held(orders=orders, payment=payment, news=news, now=now)
    return payment


def held_orders(*, order_id: UUID | None, checkout_id: UUID | None) -> dict[UUID, Order]:
    """Hold an order, or all orders of a checkout, until the caller's transaction ends."""
    held = Order.objects.select_for_update(no_key=True).order_by("id")
    found = held.filter(checkout_id=checkout_id) if checkout_id else held.filter(pk__in=[order_id])
    return {order.pk: order for order in found}


def settle_held(*, orders: Mapping[UUID, Order], payment: Payment, news: PaymentNews, now: datetime) -> None:
    """Do the same in the caller's transaction, which holds the orders and then the payment."""
    if hear_payment(payment=payment, news=news, at=now):
        _capture(divided(payment=payment, orders=orders, at=now), now=now)


def _paid_for(news: PaymentNews) -> tuple[UUID | None, UUID | None]:
    found = Payment.objects.filter(key=news.key, part_of=None).values_list("order_id", "checkout_id").first()
    if found is None:
        raise PaymentMissing
    return found


def _capture(parts: Sequence[tuple[Order, Payment]], *, now: datetime) -> None:
    """Let each order have its money. Stock, quota and chains of all are taken together, each in one order of rows."""
    waiting: list[_Paid] = []
    deposits: set[UUID] = set()  # there the order goes on waiting
    for order, payment in parts:
        _note(order=order, payment=payment, now=now)
        if take_deposit(order=order, payment=payment, now=now):
            deposits.add(order.pk)
        elif order.state == OrderState.PENDING_PAYMENT and not payment.is_deposit:
            waiting.append(_Paid(order, payment, _lines(order)))
    if waiting:
        lines = [line for paid in waiting for line in paid.lines]
        for each in waiting:  # before the stock, as when an order is placed
            spend_points(order=each.order, lines=each.lines, now=now)
        take(lines=stock_lines(lines), at=now)
        change_quota(changes=[QuotaChange(line.campaign_item_id, sold=line.quantity) for line in lines])
    taken = {paid.order.pk for paid in waiting}
    for order, payment in parts:
        if order.pk not in taken | deposits and (paid := _take_late(order=order, payment=payment, now=now)):
            waiting.append(paid)
    for paid in waiting:
        _fulfil(paid, now=now)
        if paid.order.pk not in taken:
            note_late(order=paid.order, lines=paid.lines, now=now)
    # last: rows for which others wait
    join_chains(paid=[(paid.order, paid.lines) for paid in waiting], now=now)
    for paid in waiting:
        join_teams(order=paid.order, lines=paid.lines, now=now)


@dataclass(frozen=True, slots=True)
class _Paid:
    order: Order
    payment: Payment
    lines: list[OrderLine]


def _note(*, order: Order, payment: Payment, now: datetime) -> None:
    note_money(order=order, paid_minor=payment.amount_minor)
    # What a member had with the shop already is no new money
    source, party = (Book.MEMBER_BALANCE, order.member_id) if payment.method == BALANCE else (Book.CLEARING, None)
    post(
        what="payment.captured",
        subject_id=payment.id,
        sides=[Side(source, payment.amount_minor, party), Side(Book.ORDER, -payment.amount_minor, order.id)],
        currency=payment.currency,
        at=now,
    )


def _lines(order: Order) -> list[OrderLine]:
    return list(order.lines.select_related("sku", "campaign_item__campaign").order_by("id"))


def _take_late(*, order: Order, payment: Payment, now: datetime) -> _Paid | None:
    """Take the goods of a closed order again if they are there; else its money goes back, as if it was paid twice."""
    if order.state == OrderState.CLOSED and order.deposit_minor is None:
        lines = _lines(order)
        if _take_again(order=order, lines=lines, now=now):
            return _Paid(order, payment, lines)
    _give_back(order=order, payment=payment, now=now)
    return None


def _take_again(*, order: Order, lines: list[OrderLine], now: datetime) -> bool:
    """Try to take the goods of a closed order, all or nothing; not after the day they were to be fetched."""
    if order.pickup_date < now.astimezone(ZoneInfo(current_store().timezone)).date():
        return False
    try:
        with transaction.atomic():
            lock_coupon_again(order=order, now=now)
            spend_points_again(order=order, lines=lines, now=now)
            take_unpromised(lines=stock_lines(lines), at=now)
            change_quota(
                changes=[QuotaChange(line.campaign_item_id, taken=line.quantity, sold=line.quantity) for line in lines]
            )
            refuse_failed(lines)
            take_slot(slot=order.slot)
            take_seats_again(order=order, lines=lines, now=now)
    except (StockShort, QuotaShort, CouponGone, CouponBudgetSpent, PointsGone, SlotFull, SeatLost):
        return False
    return True


def _fulfil(paid: _Paid, *, now: datetime) -> None:
    order, payment, lines = paid.order, paid.payment, paid.lines
    mark_paid(order=order, at=now)
    use_coupon(basket=order.basket_id, now=now)
    actor = Actor(kind="provider", name=payment.method)
    record(what="order.paid", subject=order, at=now, actor=actor, amount_minor=payment.amount_minor)
    announce(kind="order.paid", key=str(order.pk), about=told(order), at=now)
    accrue(order=order, lines=lines, at=now)
    issue_pickup(order=order, at=now)
    leave_fact(
        event_key=f"order_paid:{order.id}",
        meter="order_paid",
        amount_minor=order.total_minor,
        currency=payment.currency,
        occurred_at=now,
        payload={"order_id": str(order.id), "order_number": order.number},
    )


def _give_back(*, order: Order, payment: Payment, now: datetime) -> None:
    reason = TOO_LATE if order.state == OrderState.CLOSED else PAID_TWICE
    request_refund(payment=payment, amount_minor=payment.amount_minor, reason=reason, at=now)
    actor = Actor(kind="task", name="系统")
    record(
        what="order.refund_requested",
        subject=order,
        at=now,
        actor=actor,
        reason=reason,
        amount_minor=payment.amount_minor,
    )
