"""Writing orders for the member who placed them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from api.shapes import moment, money, picture
from api.store.deliveries import order_delivery_shape
from api.store.presale_words import presale_shape
from api.store.quotes import discount_shape
from api.store.together import checkout_shape
from tenants.aftersales.services.refuse_later import may_refuse
from tenants.campaigns.models import SeatState, TeamSeat, TeamState
from tenants.campaigns.selectors_teams import ends_at, seats_of_orders, shown_state
from tenants.catalog.selectors import SMALL
from tenants.fulfilment.selectors import codes_of_orders
from tenants.orders.models import LineDiscount, Order, OrderLine, OrderState
from tenants.orders.selectors import Happening, discounts_of, siblings_of, summed_discounts, timelines_of
from tenants.sales.services.cancel_paid_order import cancellable_paid


def order_shapes(orders: Sequence[Order], *, now: datetime) -> list[dict[str, Any]]:
    """Write orders with their lines, timelines, teams and codes: six statements at most, however many orders."""
    prefetch_related_objects(orders, "lines")
    timelines, codes, discounts = timelines_of(orders), codes_of_orders(orders), discounts_of(orders)
    free, seats = cancellable_paid(orders, now=now), seats_of_orders([order.pk for order in orders])
    together = siblings_of(orders)
    return [
        _order_shape(
            order,
            timelines[order.pk],
            codes.get(order.pk) or None,
            discounts,
            seat=seats.get(order.pk),
            is_free=order.pk in free,
            now=now,
        )
        | {"checkout": checkout_shape(together.get(order.basket_id, ()), now=now)}
        for order in orders
    ]


def _order_shape(
    order: Order,
    timeline: list[Happening],
    code: str | None,
    discounts: Mapping[UUID, list[LineDiscount]],
    *,
    seat: TeamSeat | None,
    is_free: bool,
    now: datetime,
) -> dict[str, Any]:
    state, lines = order.shown_state(now), order.lines.all()
    is_forming = seat is not None and seat.state == SeatState.PAID and seat.team.state != TeamState.FORMED
    summed = summed_discounts(one for line in lines for one in discounts.get(line.pk, ()))
    return {
        "id": order.pk,
        "number": order.number,
        "state": state.value,
        "state_label": _label(order, state, is_forming=is_forming, now=now),
        "placed_at": moment(order.placed_at),
        "expires_at": moment(order.expires_at) if state == OrderState.PENDING_PAYMENT else None,
        "paid_at": moment(order.paid_at),
        "pickup_date": order.pickup_date,
        "pickup_point": {
            "id": order.pickup_point_id,
            "name": order.point_name,
            "address": order.point_address,
            "leader_name": order.leader_name,
            "leader_phone": order.leader_phone,
            "opening_hours": order.point_hours,
        },
        "contact": {"name": order.contact_name, "phone": order.contact_phone},
        "remark": order.remark,
        "source_note": order.source_note,
        "accepts_substitutes": order.accepts_substitute,
        "lines": [_line_shape(line, discounts.get(line.pk, ()), order.currency, now) for line in lines],
        "goods": money(sum(line.total_minor for line in lines), order.currency),
        "discounts": [discount_shape(one, off, order.currency) for one, off in summed],
        "delivery": order_delivery_shape(order),
        "total": money(order.total_minor, order.currency),
        "paid": money(order.paid_minor, order.currency),
        "refunded": money(order.refunded_minor, order.currency),
        "timeline": [
            {"at": moment(happening.at), "what": happening.what, "sentence": happening.sentence}
            for happening in timeline
        ],
        "presale": presale_shape(order),
        "due": money(order.due_minor if state == OrderState.PENDING_PAYMENT else 0, order.currency),
        "team": seat and _team_shape(seat, now),
        "can_cancel": is_free or order.can_be_cancelled(now),
        "can_pay": order.can_be_paid(now),
        "pickup_code": None if is_forming else code,
    }


def _label(order: Order, state: OrderState, *, is_forming: bool, now: datetime) -> str:
    if is_forming:
        return _("待成团")
    if state == OrderState.PENDING_PAYMENT and order.deposit_minor is not None:
        return _("待付尾款") if order.awaits_balance else _("待付定金")
    return order.state_label(now)


def _team_shape(seat: TeamSeat, now: datetime) -> dict[str, Any]:
    state = shown_state(seat.team, now)
    return {
        "id": seat.team_id,
        "state": state.value,
        "state_label": str(state.label),
        "size": seat.team.size,
        "missing": seat.team.size - seat.team.paid,
        "ends_at": moment(ends_at(seat.team)) if seat.team.opened_at else None,
    }


def _line_shape(line: OrderLine, discounts: Iterable[LineDiscount], currency: str, now: datetime) -> dict[str, Any]:
    return {
        "id": line.pk,
        "title": line.title,
        "sku_label": line.sku_label,
        "image": picture(line.picture_key, SMALL),
        "quantity": line.quantity,
        "unit_price": money(line.unit_price_minor, currency),
        "total": money(line.total_minor, currency),
        "net": money(line.net_minor, currency),
        "discounts": [discount_shape(one, one.off_minor, currency) for one in discounts],
        "state": line.state,
        "handed_quantity": line.handed_quantity,
        "refunded_quantity": line.refunded_quantity,
        "refunded": money(line.refunded_minor, currency),
        "notes": line.shortage_notes,
        "later": (
            line.later_left
            and {"quantity": line.later_left, "pickup_date": line.later_on, "can_refuse": may_refuse(line, now)}
        )
        or None,
    }
