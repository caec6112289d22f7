"""Lines of a paid order are given back: whole, by pieces, by amount; with everything that hangs on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from kit.money import PPM, round_half_away
from tenants.campaigns.services.change_quota import QuotaChange, change_quota
from tenants.campaigns.services.seats import leave_seat
from tenants.commissions.services.mark_pending import mark_pending
from tenants.commissions.services.reverse import reverse
from tenants.delivery.slots import free_slot
from tenants.fulfilment.models import Pickup
from tenants.fulfilment.recognition import earned_now
from tenants.fulfilment.services.withdraw import hold_visits, withdraw
from tenants.inventory.models import MoveKind
from tenants.inventory.services.move_stock import move_stock
from tenants.journal.services import Actor, record
from tenants.ledger.models import Book
from tenants.ledger.services import Side, post
from tenants.orders.models import PAID_STATES, LineRefund, Order, OrderLine, OrderRefund, OrderState
from tenants.orders.selectors import OrderMissing
from tenants.orders.services import note_refunded
from tenants.payments.selectors import kept_payments_of
from tenants.payments.services import MoreThanPaid, request_refund
from tenants.sales.services.came_instead import back_in_stock, substitutes_taken
from tenants.sales.services.points_of_order import restore_points
from tenants.sales.services.shared_coupon import restore_discounts
from tenants.tracing.selectors import recalled_pieces


@dataclass(frozen=True, slots=True)
class WantedRefund:
    """What to take from one line: pieces (each at its share of what was paid), or an amount, not both.

    ``of_handed`` takes pieces that were handed out first; otherwise those that still wait go first. ``restock`` says
    whether pieces that were handed out come back unopened and can be sold again; pieces that wait always can, unless
    they are ``lost``: called back, spoilt, never brought. ``later`` takes those first that come on a later day.
    ``back_ppm`` is how much of their share goes back; the shop keeps the rest for ever.
    """

    line_id: UUID
    quantity: int = 0
    amount_minor: int = 0
    of_handed: bool = False
    restock: bool = False
    lost: bool = False
    later: bool = False
    back_ppm: int = PPM


class NotRefundable(Refused):
    """The order is not paid, or was given back whole."""

    code, kind, sentence = "not_refundable", Kind.CONFLICT, gettext_lazy("这个订单没有可退的钱。")


class NothingToRefund(Refused):
    """No line was chosen, one twice, one of another order, or a quantity or amount that cannot be."""

    code, kind, sentence = "nothing_to_refund", Kind.INVALID, gettext_lazy("请选择要退的商品，并填写数量或金额。")


class TooMuchRefunded(Refused):
    """More pieces or money than is left of a line. Facts: ``line_id``, ``left_quantity``, ``left_minor``."""

    code, kind, sentence = "too_much_refunded", Kind.CONFLICT, gettext_lazy("超过了这件商品还能退的数量或金额。")


class KeyOfAnother(Refused):
    """The same key was used for another refund of this order."""

    code, kind, sentence = (
        "refund_key_used",
        Kind.CONFLICT,
        gettext_lazy("这次退款已经提交过，请刷新后再看。"),
    )


def refund_lines(
    *, order_id: UUID, wanted: Sequence[WantedRefund], reason: str, actor: Actor, key: str, now: datetime
) -> OrderRefund:
    """Give back parts of a paid order, once a key; the money follows by the way it came, within a minute.

    In the same transaction pieces leave the visit or count as lost, stock and quota come back, the leader's commission
    is reversed, and income that was booked is taken back. Any sequence of refunds of a line sums to its net amount.

    :raises OrderMissing, NotRefundable, NothingToRefund, TooMuchRefunded, KeyOfAnother, MoreThanPaid:
    """
    with transaction.atomic(durable=True):
        return refund_held(order_id=order_id, wanted=wanted, reason=reason, actor=actor, key=key, now=now)


def refund_whole(*, order_id: UUID, reason: str, actor: Actor, key: str, now: datetime) -> OrderRefund:
    """Give back whatever is left of a paid order, once a key. :raises OrderMissing, NotRefundable, MoreThanPaid:"""
    with transaction.atomic(durable=True):
        return refund_held(order_id=order_id, wanted=None, reason=reason, actor=actor, key=key, now=now)


def refund_held(
    *,
    order_id: UUID,
    wanted: Sequence[WantedRefund] | None,
    reason: str,
    actor: Actor,
    key: str,
    now: datetime,
) -> OrderRefund:
    """Do the same in the caller's transaction, which holds no order, visit or payment yet; None wants all."""
    held = hold_paid_order(order_id)
    if known := OrderRefund.objects.filter(order=held.order, key=key).first():
        _refuse_other(known, wanted)
        return known
    wishes = _rest_of(held.lines) if wanted is None else checked(wanted, held.lines)
    lines = list(held.lines.values())
    before = earned_now(lines)
    parts = [take_from(wish, held.lines[wish.line_id]) for wish in wishes]
    keep_recalled_out(parts)
    refund = _write(held.order, parts, reason=reason.strip()[:120], actor=actor, key=key, now=now)
    note_refunded(order=held.order, lines=lines, reason=refund.reason, at=now)
    _add_fee(refund, held.order, lines)
    _take_income_back(refund, before - earned_now(lines), now)
    _send_money(refund, now)
    touched = [part.order_line for part in parts]
    reverse(lines=touched, refund_id=refund.pk, why=refund.reason[:40], at=now)
    mark_pending(line_ids=[line.pk for line in touched if line.handed_quantity and not line.left_to_hand], at=now)
    withdraw(pickups=held.visits, at=now)
    restore_discounts(order=held.order, now=now)
    restore_points(order=held.order, lines=lines, refund_id=refund.pk, now=now)
    _tell(held, refund, parts, actor, now)
    _give_goods_back(parts, now)
    if held.order.state == OrderState.CANCELLED:
        if held.order.dispatched_at is None:
            free_slot(slot=held.order.slot)
        leave_seat(order_id=order_id, at=now)
    return refund


@dataclass(frozen=True, slots=True)
class Held:
    """A paid order held until the transaction ends, with its lines by id and the visits in which it is fetched."""

    order: Order
    lines: dict[UUID, OrderLine]
    visits: Sequence[Pickup]


def hold_paid_order(order_id: UUID) -> Held:
    """Hold a paid order's visits, the order and its lines, in the order in which handing out takes them.

    :raises OrderMissing, NotRefundable:
    """
    seen = Order.objects.filter(pk=order_id).first()
    if seen is None:
        raise OrderMissing
    if seen.paid_at is None:
        raise NotRefundable
    visits = hold_visits(order=seen)
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    if order.state not in (*PAID_STATES, OrderState.CANCELLED):
        raise NotRefundable
    held = OrderLine.objects.select_for_update(no_key=True).filter(order=order).order_by("id")
    return Held(order, {line.pk: line for line in held}, visits)


def _refuse_other(known: OrderRefund, wanted: Sequence[WantedRefund] | None) -> None:
    if wanted is None:
        return
    taken = {part.order_line_id: part for part in known.lines.all()}
    same = len(taken) == len(wanted) and all(
        (part := taken.get(wish.line_id)) is not None
        and part.quantity == wish.quantity
        and (wish.quantity or part.amount_minor == wish.amount_minor)
        for wish in wanted
    )
    if not same:
        raise KeyOfAnother


def _rest_of(lines: dict[UUID, OrderLine]) -> list[WantedRefund]:
    rest = [
        WantedRefund(line.pk, quantity=line.quantity - line.refunded_quantity)
        for line in lines.values()
        if line.refunded_quantity < line.quantity
    ]
    if not rest:
        raise NotRefundable
    return rest


def checked(wanted: Sequence[WantedRefund], lines: dict[UUID, OrderLine]) -> Sequence[WantedRefund]:
    """Say what is wanted again, if it can be meant. :raises NothingToRefund:"""
    if not wanted or len({wish.line_id for wish in wanted}) < len(wanted):
        raise NothingToRefund
    for wish in wanted:
        if wish.line_id not in lines or (wish.quantity > 0) == (wish.amount_minor > 0):
            raise NothingToRefund
        if wish.quantity < 0 or wish.amount_minor < 0:
            raise NothingToRefund
    return wanted


def take_from(wish: WantedRefund, line: OrderLine) -> LineRefund:
    """Take what is wanted from a line in memory and say what it was; the caller writes both, or neither.

    :raises TooMuchRefunded:
    """
    left = line.quantity - line.refunded_quantity
    if wish.quantity > left or wish.amount_minor > line.left_minor:
        sentence = _("“%(title)s”最多还能退 %(left)d 份。") % {"title": line.title, "left": left}
        raise TooMuchRefunded(
            sentence if wish.quantity else None,
            line_id=str(line.pk),
            left_quantity=left,
            left_minor=line.left_minor,
        )
    handed = line.handed_quantity - (line.refunded_quantity - line.withdrawn_quantity)
    out = min(wish.quantity, handed) if wish.of_handed else max(0, wish.quantity - line.left_to_hand)
    share = line.share_of(wish.quantity)
    amount = wish.amount_minor or round_half_away(Fraction(share * wish.back_ppm, PPM))
    kept = share - amount if wish.quantity else 0
    withdrawn = wish.quantity - out
    returned = wish.quantity if wish.restock else withdrawn
    instead = substitutes_taken(line, wish.quantity, is_lost=wish.lost)
    of_later = withdrawn if wish.later else withdrawn - (line.left_to_hand - line.later_left)  # today's go first
    line.refunded_minor += amount
    line.kept_minor += kept
    line.refunded_quantity += wish.quantity
    line.withdrawn_quantity += withdrawn
    line.substituted_quantity -= instead
    line.later_quantity -= min(max(0, of_later), line.later_left)
    return LineRefund(
        order_line=line,
        quantity=wish.quantity,
        amount_minor=amount,
        withdrawn_quantity=withdrawn,
        returned_quantity=0 if wish.lost else returned,
        kept_minor=kept,
        substitute_quantity=instead,
    )


def keep_recalled_out(parts: Sequence[LineRefund]) -> None:
    """See to it that what was called back never comes to stock again, whoever gives it back and why."""
    recalled = recalled_pieces([part.order_line_id for part in parts if part.returned_quantity])
    if not recalled:
        return
    before = LineRefund.objects.filter(order_line__in=recalled).order_by().values_list("order_line_id")
    returned = dict(before.annotate(pieces=Sum("returned_quantity")))
    for part in parts:
        if pieces := recalled.get(part.order_line_id):
            good = part.order_line.quantity - pieces - returned.get(part.order_line_id, 0)
            part.returned_quantity = min(part.returned_quantity, max(0, good))


def _write(
    order: Order, parts: Sequence[LineRefund], *, reason: str, actor: Actor, key: str, now: datetime
) -> OrderRefund:
    refund = OrderRefund.objects.create(
        order=order,
        key=key,
        amount_minor=sum(part.amount_minor for part in parts),
        currency=order.currency,
        reason=reason,
        by_kind=actor.kind,
        by_name=actor.name[:60],
        at=now,
    )
    for part in parts:
        part.order_refund = refund
    LineRefund.objects.bulk_create(parts)
    return refund


def fee_to_give_back(order: Order, lines: Sequence[OrderLine]) -> int:
    """Say what goes back of the fee for bringing: all of it with the last piece, unless it is on its way already."""
    if not order.delivery_minor or order.dispatched_at or any(line.live_quantity for line in lines):
        return 0
    given = OrderRefund.objects.filter(order=order, delivery_minor__gt=0).exists()
    return 0 if given else order.delivery_minor


def _add_fee(refund: OrderRefund, order: Order, lines: Sequence[OrderLine]) -> None:
    if fee := fee_to_give_back(order, lines):
        refund.delivery_minor, refund.amount_minor = fee, refund.amount_minor + fee
        refund.save(update_fields=["delivery_minor", "amount_minor"])


def _take_income_back(refund: OrderRefund, step: int, now: datetime) -> None:
    # Negative when what waited is withdrawn and what was handed out becomes the whole of the line: then it is earned
    order_id = refund.order_id
    post(
        what="refund.unearned",
        subject_id=refund.pk,
        sides=[Side(Book.SALES, step, order_id), Side(Book.ORDER, -step, order_id)],
        currency=refund.currency,
        at=now,
    )


def _send_money(refund: OrderRefund, now: datetime) -> None:
    left = refund.amount_minor
    for payment in kept_payments_of(refund.order):
        share = min(left, payment.amount_minor - payment.refunding_minor)
        if share > 0:
            request_refund(
                payment=payment,
                amount_minor=share,
                reason=refund.reason,
                at=now,
                key=str(refund.pk),
                is_return=False,
                order_refund=refund,
            )
            left -= share
    if left:
        raise MoreThanPaid


def _tell(held: Held, refund: OrderRefund, parts: Sequence[LineRefund], actor: Actor, now: datetime) -> None:
    told_lines = [{"title": part.order_line.title, "quantity": part.quantity} for part in parts]
    record(
        what="order.refund_requested",
        subject=held.order,
        at=now,
        actor=actor,
        reason=refund.reason,
        amount_minor=refund.amount_minor,
        lines=told_lines,
    )
    if held.order.state == OrderState.CANCELLED:
        record(what="order.cancelled", subject=held.order, at=now, actor=actor, reason=refund.reason)


def _give_goods_back(parts: Sequence[LineRefund], now: datetime) -> None:
    returned = [change for part in parts for change in back_in_stock(part)]
    move_stock(kind=MoveKind.RETURN, changes=returned, at=now)
    # Last: the rows that everybody wants
    withdrawn = [
        QuotaChange(part.order_line.campaign_item_id, taken=-part.withdrawn_quantity, sold=-part.withdrawn_quantity)
        for part in parts
        if part.withdrawn_quantity
    ]
    change_quota(changes=withdrawn)
