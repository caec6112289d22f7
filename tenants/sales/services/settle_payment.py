"""News of a payment arrives."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from kit.tenancy import current_store
from tenants.campaigns.services.change_quota import QuotaChange, QuotaShort, change_quota
from tenants.campaigns.services.seats import SeatLost
from tenants.commissions.services.accrue import accrue
from tenants.fulfilment.services.issue_pickup import issue_pickup
from tenants.integrations.services.announce import announce
from tenants.inventory.services.move_stock import StockShort
from tenants.inventory.services.take import take
from tenants.inventory.services.take_unpromised import take_unpromised
from tenants.journal.services import Actor, leave_fact, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import DiscountSource, LineDiscount, Order, OrderLine, OrderState
from tenants.orders.services import mark_paid, note_money
from tenants.orders.told import told
from tenants.payments.models import Payment
from tenants.payments.news import PaymentNews
from tenants.payments.selectors import PaymentMissing
from tenants.payments.services import hear_payment, request_refund
from tenants.payments.ways import BALANCE
from tenants.promotions.services.use_coupon import CouponBudgetSpent, CouponGone, lock_coupon, use_coupon
from tenants.sales.services.join_chains import join_chains
from tenants.sales.services.join_teams import join_teams, take_seats_again
from tenants.sales.services.late_orders import note_late, refuse_failed
from tenants.sales.services.settle_deposit import take_deposit
from tenants.sales.stock import stock_lines

PAID_TWICE = "重复付款，自动退回"
TOO_LATE = "付款到达时订单已关闭，且商品已售完、拼团已满或优惠券已失效"


def settle_payment(*, news: PaymentNews, now: datetime) -> Payment:
    """Take in what a provider says of a payment, and let follow what follows.

    News may come in any order and any number of times: the result is the same. The first money for an order pays it,
    also when the campaign was cut off meanwhile. Money for an order that was closed opens it again if the goods are
    still there; otherwise, and when an order is paid twice, the money goes back by itself. An amount that is not the
    one asked for is parked for a person, and pays nothing.

    :raises PaymentMissing: no payment has this key.
    """
    order_id = _order_of(news)
    with transaction.atomic(durable=True):
        # First the order, then the payment: every story that holds both takes them so.
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        payment = Payment.objects.select_for_update(no_key=True).get(key=news.key)
        settle_held(order=order, payment=payment, news=news, now=now)
    return payment


def settle_held(*, order: Order, payment: Payment, news: PaymentNews, now: datetime) -> None:
    """Do the same in the caller's transaction, which holds the order and then the payment."""
    if hear_payment(payment=payment, news=news, at=now):
        _capture(order=order, payment=payment, now=now)


def _order_of(news: PaymentNews) -> UUID:
    order_id = Payment.objects.filter(key=news.key).values_list("order_id", flat=True).first()
    if order_id is None:
        raise PaymentMissing
    return order_id


def _capture(*, order: Order, payment: Payment, now: datetime) -> None:
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
    if take_deposit(order=order, payment=payment, now=now):
        return
    lines = list(order.lines.select_related("sku", "campaign_item__campaign").order_by("id"))
    if order.state == OrderState.PENDING_PAYMENT and not payment.is_deposit:
        take(lines=stock_lines(lines), at=now)
        change_quota(changes=[QuotaChange(line.campaign_item_id, sold=line.quantity) for line in lines])
        _fulfil(order=order, payment=payment, lines=lines, now=now)
    elif (
        order.state == OrderState.CLOSED
        and order.deposit_minor is None
        and _take_again(order=order, lines=lines, now=now)
    ):
        _fulfil(order=order, payment=payment, lines=lines, now=now)
        note_late(order=order, lines=lines, now=now)
    else:
        _give_back(order=order, payment=payment, now=now)


def _take_again(*, order: Order, lines: list[OrderLine], now: datetime) -> bool:
    """Try to take the goods of a closed order, all or nothing; not after the day they were to be fetched."""
    if order.pickup_date < now.astimezone(ZoneInfo(current_store().timezone)).date():
        return False
    try:
        with transaction.atomic():
            _lock_coupon_again(order=order, now=now)
            take_unpromised(lines=stock_lines(lines), at=now)
            change_quota(
                changes=[QuotaChange(line.campaign_item_id, taken=line.quantity, sold=line.quantity) for line in lines]
            )
            refuse_failed(lines)
            take_seats_again(order=order, lines=lines, now=now)
    except (StockShort, QuotaShort, CouponGone, CouponBudgetSpent, SeatLost):
        return False
    return True


def _lock_coupon_again(*, order: Order, now: datetime) -> None:
    """The price paid was that with the coupon, which went back to the member when the order was closed."""
    shares = LineDiscount.objects.filter(line__order=order, source=DiscountSource.COUPON)
    for coupon_id, off in shares.values_list("source_id").annotate(Sum("off_minor")).order_by():
        lock_coupon(coupon_id=coupon_id, member=order.member, basket=order.pk, off_minor=off, now=now)


def _fulfil(*, order: Order, payment: Payment, lines: list[OrderLine], now: datetime) -> None:
    mark_paid(order=order, at=now)
    use_coupon(basket=order.pk, now=now)
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
    # last: rows for which others wait
    join_chains(order=order, lines=lines, now=now)
    join_teams(order=order, lines=lines, now=now)


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
