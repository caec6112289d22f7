"""Writing an order and its lines. The stories that say when are in tenants/sales."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model

from kit.ids import new_digits
from kit.tenancy import current_store
from kit.tenancy.sql import have_read, insert_together
from tenants.delivery.models import WayKind
from tenants.journal.services import Actor, entry_about
from tenants.leaders.models import PickupPoint
from tenants.members.models import Member
from tenants.orders.models import PAID_STATES, Checkout, LineDiscount, LineState, Order, OrderLine, OrderState


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What was agreed at checkout, beside the goods."""

    pickup_point: PickupPoint
    pickup_date: date
    contact_name: str
    contact_phone: str
    remark: str
    key: str
    placed_at: datetime
    expires_at: datetime
    source_note: str = ""
    delivery: str = WayKind.PICKUP
    delivery_minor: int = 0
    freight: Mapping[str, Any] | None = None
    address: Mapping[str, Any] | None = None
    slot: Mapping[str, Any] | None = None
    deposit: "NewDeposit | None" = None
    accepts_substitute: bool = False


@dataclass(frozen=True, slots=True)
class NewDeposit:
    """What is paid at once of a presale (minor units), when the rest is, and whether it is the shop's if it is not."""

    amount_minor: int
    balance_from: datetime
    balance_until: datetime
    is_kept: bool


@dataclass(frozen=True, slots=True)
class NewDiscount:
    """What one offer takes off a line, in minor units."""

    source: str
    source_id: UUID | None
    name: str
    off_minor: int


@dataclass(frozen=True, slots=True)
class NewLine:
    """One SKU as it was sold; amounts in minor units."""

    campaign_item_id: UUID
    sku_id: UUID
    title: str
    sku_label: str
    picture_key: str
    quantity: int
    unit_price_minor: int
    stock_sku_id: UUID | None = None  # whose stock it takes, if not its own
    stock_factor: int = 1
    warehouse_id: UUID | None = None
    discounts: tuple[NewDiscount, ...] = field(default=())
    estimated_grams: int | None = None  # of one piece, if it is weighed later

    @property
    def net_minor(self) -> int:
        return self.quantity * self.unit_price_minor - sum(discount.off_minor for discount in self.discounts)


def open_order(*, member: Member, new: NewOrder, lines: Sequence[NewLine]) -> tuple[Order, list[OrderLine]]:
    """Write an order awaiting payment with its lines, discounts and journal entry: one statement, in the caller's
    transaction.

    :raises IntegrityError: the number was drawn before (``is_number_clash`` tells): draw again; or the member's key
        was used meanwhile (``is_key_clash``).
    """
    order, rows = _rows(member, new, lines, None)
    insert_together(rows)
    written = [row for row in rows if isinstance(row, OrderLine)]
    have_read(order, "lines", written)
    return order, written


def open_checkout(
    *, member: Member, key: str, news: Sequence[tuple[NewOrder, Sequence[NewLine]]]
) -> tuple[Checkout, list[OrderLine]]:
    """Write several orders that are paid together, in one statement, in the caller's transaction.

    :raises IntegrityError: as for one order.
    """
    checkout = Checkout(
        member=member,
        key=key,
        total_minor=sum(new.delivery_minor + sum(line.net_minor for line in lines) for new, lines in news),
        currency=current_store().currency,
        placed_at=news[0][0].placed_at,
    )
    rows: list[Model] = [checkout]
    for new, lines in news:
        rows += _rows(member, new, lines, checkout)[1]
    insert_together(rows)
    return checkout, [row for row in rows if isinstance(row, OrderLine)]


def _rows(
    member: Member, new: NewOrder, lines: Sequence[NewLine], checkout: Checkout | None
) -> tuple[Order, list[Model]]:
    point = new.pickup_point
    total = new.delivery_minor + sum(line.net_minor for line in lines)
    order = Order(
        checkout=checkout,
        number=_draw_number(new.placed_at),
        member=member,
        leader=point.leader,
        pickup_point=point,
        pickup_date=new.pickup_date,
        contact_name=new.contact_name,
        contact_phone=new.contact_phone,
        remark=new.remark,
        source_note=new.source_note[:120],
        delivery=new.delivery,
        delivery_minor=new.delivery_minor,
        freight=new.freight,
        address=new.address,
        slot=new.slot,
        point_name=point.name,
        point_address=f"{point.city}{point.district}{point.address}",
        point_hours=point.opening_hours,
        leader_name=point.leader.name,
        leader_phone=point.leader.phone,
        currency=current_store().currency,
        total_minor=total,
        placed_at=new.placed_at,
        expires_at=new.expires_at,
        key=new.key,
        accepts_substitute=new.accepts_substitute,
    )
    if new.deposit:
        order.deposit_minor, order.keeps_deposit = new.deposit.amount_minor, new.deposit.is_kept
        order.balance_from, order.balance_until = new.deposit.balance_from, new.deposit.balance_until
    written = [
        OrderLine(
            order=order,
            campaign_item_id=line.campaign_item_id,
            sku_id=line.sku_id,
            title=line.title,
            sku_label=line.sku_label,
            picture_key=line.picture_key,
            quantity=line.quantity,
            stock_sku_id=line.stock_sku_id,
            stock_factor=line.stock_factor,
            warehouse_id=line.warehouse_id,
            unit_price_minor=line.unit_price_minor,
            total_minor=line.quantity * line.unit_price_minor,
            net_minor=line.net_minor,
            estimated_grams=line.estimated_grams,
        )
        for line in lines
    ]
    for row, line in zip(written, lines, strict=True):
        row.came_off = [
            LineDiscount(line=row, source=one.source, source_id=one.source_id, name=one.name, off_minor=one.off_minor)
            for one in line.discounts
        ]
    discounts = [one for row in written for one in row.came_off or ()]
    actor = Actor(kind="member", id=str(member.pk), name=member.nickname)
    entry = entry_about(what="order.placed", subject=order, at=new.placed_at, actor=actor, total_minor=total)
    return order, [order, *written, *discounts, entry]


def is_number_clash(error: Exception) -> bool:
    """Say whether writing failed only because the order's number was drawn before."""
    return "orders_order_number" in str(error)


def is_key_clash(error: Exception) -> bool:
    """Say whether writing failed because the member's key was used by an order meanwhile."""
    return "order_once_a_key" in str(error) or "checkout_once_a_key" in str(error)


def mark_paid(*, order: Order, at: datetime) -> None:
    """Note that a locked order is paid; its lines wait to be fetched."""
    order.state = OrderState.PAID
    order.paid_at = at
    order.closed_at = None
    order.close_reason = ""
    order.save(update_fields=["state", "paid_at", "closed_at", "close_reason"])
    OrderLine.objects.filter(order=order, state=LineState.CLOSED).update(state=LineState.OPEN)


def close(*, order: Order, reason: str, at: datetime) -> None:
    """Note that a locked order will not be paid."""
    order.state = OrderState.CLOSED
    order.closed_at = at
    order.close_reason = reason
    order.save(update_fields=["state", "closed_at", "close_reason"])
    OrderLine.objects.filter(order=order).update(state=LineState.CLOSED)


def mark_deposit_paid(*, order: Order, at: datetime) -> None:
    """Note that a locked order's deposit is paid: its goods are held until the balance must be."""
    order.deposit_paid_at = at
    order.expires_at = order.balance_until or order.expires_at
    order.save(update_fields=["deposit_paid_at", "expires_at"])


def note_money(*, order: Order, paid_minor: int = 0, refunded_minor: int = 0) -> None:
    """Add to what a locked order's payments brought and its refunds took back."""
    order.paid_minor += paid_minor
    order.refunded_minor += refunded_minor
    order.save(update_fields=["paid_minor", "refunded_minor"])


def note_handed(*, lines: Sequence[OrderLine], at: datetime) -> None:
    """Write the handed quantities of locked lines, and the states that follow for them and their orders.

    ``lines`` are all lines of the orders concerned, each with its order.
    """
    for line in lines:
        line.state = _line_state(line)
    OrderLine.objects.bulk_update(lines, ["handed_quantity", "later_handed_quantity", "state"])
    orders = {line.order_id: line.order for line in lines}
    for order in orders.values():
        _derive(order, [line for line in lines if line.order_id == order.id], at)
    Order.objects.filter(state__in=PAID_STATES).bulk_update(list(orders.values()), ["state", "picked_up_at"])


def note_refunded(*, order: Order, lines: Sequence[OrderLine], reason: str, at: datetime) -> None:
    """Write what was given back of a locked order's locked lines (all of them), and the states that follow."""
    for line in lines:
        line.state = _line_state(line)
    fields = ["refunded_minor", "refunded_quantity", "withdrawn_quantity", "substituted_quantity", "later_quantity"]
    OrderLine.objects.bulk_update(lines, [*fields, "kept_minor", "state"])
    _derive(order, lines, at)
    if order.state == OrderState.CANCELLED:
        order.closed_at, order.close_reason = at, reason[:100]
    order.save(update_fields=["state", "picked_up_at", "closed_at", "close_reason"])


def note_short(*, line: OrderLine) -> None:
    """Write what comes instead of a locked line's short pieces, or when they come."""
    line.save(
        update_fields=["substituted_quantity", "substitute", "later_quantity", "later_handed_quantity", "later_on"]
    )


def _line_state(line: OrderLine) -> LineState:
    if line.refunded_quantity == line.quantity:
        return LineState.REFUNDED
    return LineState.OPEN if line.left_to_hand else LineState.PICKED_UP


def _derive(order: Order, lines: Iterable[OrderLine], at: datetime) -> None:
    state = _state_of(lines)
    if state == OrderState.PICKED_UP and order.state == OrderState.COMPLETED:
        return  # another order of the visit changed, or something of this one was given back after all
    order.state = state
    if order.state != OrderState.PICKED_UP:
        order.picked_up_at = None
    elif order.picked_up_at is None:
        order.picked_up_at = at


def _state_of(lines: Iterable[OrderLine]) -> OrderState:
    live = [line for line in lines if line.live_quantity]
    if not live:
        return OrderState.CANCELLED
    if all(not line.left_to_hand for line in live):
        return OrderState.PICKED_UP
    return OrderState.PARTLY_PICKED if any(line.handed_quantity for line in live) else OrderState.PAID


def _draw_number(placed_at: datetime) -> str:
    # Random, not counted: a counter would be one row that every order waits for, and would tell rivals the turnover.
    day = placed_at.astimezone(ZoneInfo(current_store().timezone))
    return f"{day:%y%m%d}{new_digits(8)}"
