"""What was decided of an order's short pieces is done: money back, something else instead, or a later day."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from kit.errors import Refused
from kit.ports.messages import send_store_sms
from kit.tenancy import current_store
from kit.web.format import money
from tenants.aftersales.models import Ending, Shortage, ShortLine
from tenants.aftersales.selectors_shortages import waiting_on
from tenants.fulfilment.services.issue_pickup import issue_pickup
from tenants.fulfilment.services.withdraw import withdraw
from tenants.inventory.models import MoveKind
from tenants.inventory.services.move_stock import StockChange, move_stock
from tenants.journal.services import Actor, record
from tenants.orders.models import Order, OrderLine, OrderRefund
from tenants.orders.services import note_short
from tenants.sales.services.refund_lines import Held, WantedRefund, hold_paid_order, refund_held

_log = logging.getLogger(__name__)


def settle_order(*, shortage_id: UUID, order_id: UUID, now: datetime) -> bool:
    """Do what was decided of an order's short pieces, once; say whether it could be done."""
    try:
        with transaction.atomic(durable=True):
            held = hold_paid_order(order_id)
            open_ones = ShortLine.objects.select_for_update(of=("self",)).filter(
                shortage=shortage_id, order_line__order=order_id, settled_at=None
            )
            short = list(open_ones.select_related("shortage", "order_line").order_by("pk"))
            if short:
                _settle(short[0].shortage, short, held, now)
    except Refused as refusal:
        _log.warning("short pieces could not be settled: %s", refusal.code)
        return False
    return True


def _settle(shortage: Shortage, short: Sequence[ShortLine], held: Held, now: datetime) -> None:
    # What was handed out or given back meanwhile is nobody's loss any more
    day = shortage.pickup_date
    left = {one.pk: min(one.quantity, waiting_on(held.lines[one.order_line_id], day)) for one in short}
    coming = [one for one in short if one.ending != Ending.REFUND]
    for one in coming:
        if left[one.pk]:
            line, pieces = held.lines[one.order_line_id], left[one.pk]
            if one.ending == Ending.SUBSTITUTE:
                _give_instead(one, line, pieces, held.order, now)
            else:
                _give_later(one, line, pieces, held.order, now)
    withdraw(pickups=held.visits, at=now)  # what comes later has left the visit of its day
    refund = _refund(shortage, [one for one in short if one.ending == Ending.REFUND and left[one.pk]], left, held, now)
    for one in short:
        if one.ending == Ending.REFUND:
            one.order_refund = refund if left[one.pk] else None
        else:
            one.came_quantity = left[one.pk]
        one.settled_at = now
    ShortLine.objects.bulk_update(short, ["order_refund", "came_quantity", "settled_at"])
    _put_back(coming, now)


def _give_instead(one: ShortLine, line: OrderLine, pieces: int, order: Order, now: datetime) -> None:
    shortage = one.shortage
    line.substituted_quantity += pieces
    line.substitute = {
        "sku_id": str(shortage.substitute_sku_id),
        "warehouse_id": str(one.warehouse_id),
        "title": shortage.substitute_title,
        "label": shortage.substitute_label,
    }
    note_short(line=line)
    instead = f"{shortage.substitute_title} {shortage.substitute_label}"
    words = {"goods": line.title, "n": pieces, "instead": instead}
    by = Actor(kind="person", name=shortage.by_name)
    record(what="order.substituted", subject=order, at=now, actor=by, reason=shortage.reason, **words)
    text = gettext("您订的“%(goods)s”缺货 %(n)s 份，已换成“%(instead)s”，不用补差价。不想要可在订单里申请退款。")
    _text(order, text % words)


def _give_later(one: ShortLine, line: OrderLine, pieces: int, order: Order, now: datetime) -> None:
    """Move pieces to the visit of a later day; those of a later day on which they are short again move on."""
    shortage, day = one.shortage, one.shortage.later_on
    if day is None:
        raise ValueError(shortage.pk)
    if shortage.pickup_date != order.pickup_date:
        line.later_quantity, line.later_handed_quantity = 0, 0  # what was fetched then counts as fetched on its day
    line.later_quantity += pieces
    line.later_on = day
    note_short(line=line)
    visit = issue_pickup(order=order, at=now, day=day)
    words = {"goods": line.title, "n": pieces, "day": f"{day:%m-%d}"}
    by = Actor(kind="person", name=shortage.by_name)
    record(what="order.put_off", subject=order, at=now, actor=by, reason=shortage.reason, **words)
    text = gettext(
        "您订的“%(goods)s”缺货 %(n)s 份，改到 %(day)s 在%(point)s提货，提货码 %(code)s。不想等可在订单里改为退款。"
    )
    _text(order, text % (words | {"point": order.point_name, "code": visit.code}))


def _refund(
    shortage: Shortage, rows: Sequence[ShortLine], left: dict[UUID, int], held: Held, now: datetime
) -> OrderRefund | None:
    if not rows:
        return None
    is_later = shortage.pickup_date != held.order.pickup_date
    reason = gettext("缺货：%(reason)s") % {"reason": shortage.reason} if shortage.reason else gettext("缺货，未能交付")
    refund = refund_held(
        order_id=held.order.pk,
        wanted=[WantedRefund(one.order_line_id, quantity=left[one.pk], lost=True, later=is_later) for one in rows],
        reason=reason,
        actor=Actor(kind="person", name=shortage.by_name),
        key=f"shortage:{shortage.pk}",
        now=now,
    )
    words = {
        "goods": shortage.title,
        "n": sum(left[one.pk] for one in rows),
        "amount": money(refund.amount_minor, refund.currency),
    }
    text = gettext("很抱歉，您订的“%(goods)s”缺货 %(n)s 份，%(amount)s 已按原路退回，其他商品照常提货。") % words
    _text(held.order, text)
    return refund


def _put_back(coming: Sequence[ShortLine], now: datetime) -> None:
    """What was taken for pieces that need it no more goes back to its stock."""
    changes = []
    for one in coming:
        sku_id, pieces = stock_of_short(one, one.quantity - one.came_quantity)
        if pieces and one.warehouse_id:
            changes.append(StockChange(sku_id, on_hand_delta=pieces, ref_id=one.pk, warehouse_id=one.warehouse_id))
    move_stock(kind=MoveKind.RETURN, changes=changes, at=now)


def stock_of_short(one: ShortLine, pieces: int) -> tuple[UUID, int]:
    """Say of which SKU's stock a short line's pieces are that come after all, and how much of it they are."""
    if one.shortage.substitute_sku_id:
        return one.shortage.substitute_sku_id, pieces
    return one.order_line.stock_id, pieces * one.order_line.stock_factor


def _text(order: Order, text: str) -> None:
    store = str(current_store().merchant_id)
    transaction.on_commit(partial(send_store_sms.delay, store=store, phone=order.contact_phone, text=text))
