"""Whether a product may be bought now, and how many of it: checkout and pages ask the same questions."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import Exact
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.catalog.models import EVERY_DAY

WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


class _Windows(Protocol):
    sale_from: datetime | None
    sale_until: datetime | None
    sale_weekdays: int
    sale_time_from: time | None
    sale_time_until: time | None


@dataclass(frozen=True, slots=True)
class Wall:
    """What the clock on a store's wall says at a moment: weekday and the day before as bits, and the time of day."""

    now: datetime
    weekday: int
    day_before: int
    hour: time


def wall_at(now: datetime, *, timezone: str) -> Wall:
    """Read the clock on a store's wall."""
    here = now.astimezone(ZoneInfo(timezone))
    return Wall(now, 1 << here.weekday(), 1 << (here.weekday() - 1) % 7, here.time())


class _Lead(Protocol):
    lead_days: int


class _Amounts(Protocol):
    limit_per_order: int | None
    limit_per_day: int | None
    limit_lifetime: int | None
    min_quantity: int
    step_quantity: int


def is_on_offer(product: _Windows, *, now: datetime, timezone: str) -> bool:
    """Say whether a product's window is open; weekdays and hours are those of the store's wall clock.

    Hours that end before they begin go over midnight, and the small hours belong to the evening they began in: on
    Fridays from 20:00 to 02:00 is until two on Saturday morning.
    """
    if (product.sale_from and now < product.sale_from) or (product.sale_until and now >= product.sale_until):
        return False
    wall = wall_at(now, timezone=timezone)
    begin, end, days = product.sale_time_from, product.sale_time_until, product.sale_weekdays
    if begin is None or end is None:
        return bool(days & wall.weekday)
    if begin < end:
        return bool(days & wall.weekday) and begin <= wall.hour < end
    return bool(days & wall.weekday and wall.hour >= begin) or bool(days & wall.day_before and wall.hour < end)


def ready_on(product: _Lead, *, cutoff_at: datetime, timezone: str) -> date:
    """Say on which day a product can be fetched first: its lead days after the day of the cut-off."""
    return cutoff_at.astimezone(ZoneInfo(timezone)).date() + timedelta(days=product.lead_days)


def only_on_offer(rows: QuerySet[Any], wall: Wall, *, path: str) -> QuerySet[Any]:
    """Keep the rows whose product, at ``path``, is in its window: ``is_on_offer`` as a condition."""
    # "Not none of it" says the same of one bit, and PostgreSQL takes it for nearly every row, where "= this bit" is to
    # it one row in two hundred: then it would read the whole shelf for a page of twenty
    today = ~Q(Exact(F(f"{path}sale_weekdays").bitand(wall.weekday), 0))
    night_before = ~Q(Exact(F(f"{path}sale_weekdays").bitand(wall.day_before), 0))
    begun = Q(**{f"{path}sale_from": None}) | Q(**{f"{path}sale_from__lte": wall.now})
    lasting = Q(**{f"{path}sale_until": None}) | Q(**{f"{path}sale_until__gt": wall.now})
    all_day = Q(**{f"{path}sale_time_from": None}) | Q(**{f"{path}sale_time_until": None})
    begin, end = F(f"{path}sale_time_from"), F(f"{path}sale_time_until")
    after_begin = Q(**{f"{path}sale_time_from__lte": wall.hour})
    before_end = Q(**{f"{path}sale_time_until__gt": wall.hour})
    is_by_day = Q(**{f"{path}sale_time_from__lt": end})
    is_over_midnight = Q(**{f"{path}sale_time_until__lt": begin})
    now_today = all_day | (is_by_day & after_begin & before_end) | (is_over_midnight & after_begin)
    return rows.filter(begun, lasting, (today & now_today) | (night_before & is_over_midnight & before_end))


def window_sentence(product: _Windows, *, timezone: str) -> str:
    """Say when a product is sold, empty when always: "11 月 20 日 08:00 起，周一、周三 08:00–12:00 可买"."""
    zone, parts = ZoneInfo(timezone), []
    if product.sale_from:
        parts.append(gettext("%(at)s 起") % {"at": f"{product.sale_from.astimezone(zone):%Y-%m-%d %H:%M}"})
    if product.sale_until:
        parts.append(gettext("到 %(at)s 止") % {"at": f"{product.sale_until.astimezone(zone):%Y-%m-%d %H:%M}"})
    if product.sale_weekdays != EVERY_DAY:
        days = [str(day) for place, day in enumerate(WEEKDAYS) if product.sale_weekdays & (1 << place)]
        parts.append(gettext("、").join(days))
    if product.sale_time_from is not None and product.sale_time_until is not None:
        until = f"{product.sale_time_until:%H:%M}"
        if product.sale_time_until < product.sale_time_from:
            until = gettext("次日 %(hour)s") % {"hour": until}
        parts.append(f"{product.sale_time_from:%H:%M}–{until}")
    return gettext("%(when)s可买") % {"when": "，".join(parts)} if parts else ""


def quantity_problem(product: _Amounts, quantity: int, *, bought_today: int = 0, bought_ever: int = 0) -> str:
    """Say why so many of a product (all its SKUs in this order together) cannot be bought, or nothing.

    ``bought_today`` and ``bought_ever`` are what the same member has in live orders already.
    """
    if quantity < product.min_quantity:
        return gettext("这个商品 %(n)s 件起购。") % {"n": product.min_quantity}
    if (quantity - product.min_quantity) % product.step_quantity:
        return gettext("这个商品要按 %(n)s 件的倍数加购。") % {"n": product.step_quantity}
    if product.limit_per_order is not None and quantity > product.limit_per_order:
        return gettext("每单限购 %(n)s 件。") % {"n": product.limit_per_order}
    if product.limit_per_day is not None and bought_today + quantity > product.limit_per_day:
        left = max(0, product.limit_per_day - bought_today)
        return gettext("每人每天限购 %(n)s 件，今天还能买 %(left)s 件。") % {"n": product.limit_per_day, "left": left}
    if product.limit_lifetime is not None and bought_ever + quantity > product.limit_lifetime:
        left = max(0, product.limit_lifetime - bought_ever)
        return gettext("每人限购 %(n)s 件，还能买 %(left)s 件。") % {"n": product.limit_lifetime, "left": left}
    return ""
