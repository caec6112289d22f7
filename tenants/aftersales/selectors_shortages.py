"""What is due on a pickup day, and what there was too little of."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.aftersales.models import Shortage, ShortLine
from tenants.catalog.models import Sku
from tenants.inventory.selectors import skus_with_stock, store_day
from tenants.orders.models import PAID_STATES, Order, OrderLine, OrderState

_MOST_SHOWN = 300
_KEPT = timedelta(days=1)  # goods of yesterday that are still to be handed out
_LEFT = F("quantity") - F("withdrawn_quantity") - F("handed_quantity")
_WAITING_LATER = F("later_quantity") - F("later_handed_quantity")
_WAITING = _LEFT - F("substituted_quantity") - _WAITING_LATER


class ShortageMissing(Refused):
    """Nothing was told to be short under this name."""

    code, kind, sentence = "shortage_missing", Kind.MISSING, _("没有找到这次缺货登记。")


class NothingDue(Refused):
    """Nobody waits for these goods on that day, or the group buy still takes orders."""

    code, kind, sentence = "nothing_due", Kind.MISSING, _("这一天没有待交付的这种商品，或团期还没截单。")


class SubstituteMissing(Refused):
    """No substitute was named, or one that costs less, is weighed, is off the shelf or is the short one itself."""

    code, kind, sentence = "substitute_missing", Kind.INVALID, _("请选一种价格不低于原商品、在售的商品来替换。")


def goods_due(*, now: datetime, query: str = "") -> list[dict[str, Any]]:
    """List by pickup day and SKU what was sold by lists that are cut off and is still to be handed out."""
    since, found = store_day(now) - _KEPT, []
    today = _due(now).filter(order__pickup_date__gte=since).annotate(day=F("order__pickup_date"), left=_WAITING)
    later = _due(now).filter(later_on__gte=since).annotate(day=F("later_on"), left=_WAITING_LATER)
    for lines in (today.filter(left__gt=0), later.filter(left__gt=0)):
        if word := query.strip():
            lines = lines.filter(Q(title__icontains=word) | Q(sku_label__icontains=word))
        rows = lines.order_by().values("day", "sku_id", "title", "sku_label")
        found += [dict(row) for row in rows.annotate(pieces=Sum("left"), orders=Count("order", distinct=True))]
    return _joined(found)


def lines_due(*, sku_id: UUID, pickup_date: date, now: datetime) -> list[OrderLine]:
    """List the lines of a SKU that wait to be handed out on a day, with their orders. :raises NothingDue:"""
    of_day = Q(order__pickup_date=pickup_date) | Q(later_on=pickup_date, later_quantity__gt=0)
    lines = _due(now).filter(of_day, sku=sku_id).select_related("order").order_by("pk")
    found = [line for line in lines if waiting_on(line, pickup_date)]
    if not found:
        raise NothingDue
    return found


def waiting_on(line: OrderLine, day: date) -> int:
    """Say how many pieces of what was ordered wait to be handed out on a day."""
    return line.left_of_ordered if day == line.order.pickup_date else line.left_on(day)


def dearest(lines: Iterable[OrderLine]) -> int:
    """Say the highest price that was asked for a piece of these lines."""
    return max(line.unit_price_minor for line in lines)


def substitutes(*, lines: Sequence[OrderLine]) -> list[Sku]:
    """List what may come instead of these lines' goods: as dear at least, in stock where they are taken from, with
    ``left``; the same category first, then the cheapest."""
    first = lines[0]
    short = Sku.objects.select_related("product").get(pk=first.sku_id)
    found = skus_with_stock(warehouse_id=first.stock_place_id, level="some")
    same = Case(When(product__category=short.product.category_id, then=0), default=1)
    return list(_fit(found, first.sku_id, dearest(lines)).order_by(same, "price_minor", "pk")[:_MOST_SHOWN])


def substitute_for(sku_id: UUID, *, chosen: UUID | None, least_minor: int) -> Sku:
    """Fetch what was chosen to come instead. :raises SubstituteMissing:"""
    found = _fit(skus_with_stock(), sku_id, least_minor).filter(pk=chosen).first() if chosen else None
    if found is None:
        raise SubstituteMissing(fields={"substitute": [SubstituteMissing.sentence]})
    return found


def _fit(skus: QuerySet[Sku], short_id: UUID, least_minor: int) -> QuerySet[Sku]:
    # What is sold by weight has no price of a piece
    return skus.filter(price_minor__gte=least_minor, weighed_per_grams=None).exclude(pk=short_id)


def bought_before(member_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the orders that members have fetched; who has none is left out."""
    done = Order.objects.filter(member__in=member_ids, state__in=(OrderState.PICKED_UP, OrderState.COMPLETED))
    return dict(done.order_by().values_list("member").annotate(Count("pk")))


def short_told(days: Collection[date]) -> dict[tuple[date, UUID], Shortage]:
    """Find what was told to be short on these days, the latest of each day and SKU."""
    found = Shortage.objects.filter(pickup_date__in=days).order_by("at", "pk")
    return {(one.pickup_date, one.sku_id): one for one in found}


def shortage_with_id(shortage_id: UUID) -> Shortage:
    """Fetch one. :raises ShortageMissing:"""
    found = Shortage.objects.filter(pk=shortage_id).first()
    if found is None:
        raise ShortageMissing
    return found


def lines_of_shortage(shortage_id: UUID) -> QuerySet[ShortLine]:
    """List who goes without, with line, order and refund, those not settled first."""
    found = ShortLine.objects.filter(shortage=shortage_id).select_related("order_line__order", "order_refund")
    return found.order_by(F("settled_at").desc(nulls_first=True), "order_line__order__leader_name", "pk")


def _due(now: datetime) -> QuerySet[OrderLine]:
    # What has left for somebody's door is counted by whoever brought it
    lines = OrderLine.objects.filter(order__state__in=PAID_STATES, order__dispatched_at=None)
    return lines.filter(
        campaign_item__campaign__cutoff_at__lte=now, quantity__gt=F("withdrawn_quantity") + F("handed_quantity")
    )


def _joined(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add up what is due of a SKU on a day because it was ordered for it and because it comes later."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in found:
        key = (row["day"], row["title"], row["sku_label"], row["sku_id"])
        known = rows.setdefault(key, row | {"pieces": 0, "orders": 0})
        known["pieces"] += row["pieces"]
        known["orders"] += row["orders"]
    return [rows[key] for key in sorted(rows)]
