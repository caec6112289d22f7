"""How amounts, numbers and times are written on a page. Pure: the language is Django's active one."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

from kit.money import Money, major_units

MARKS = {"CNY": "¥", "HKD": "HK$", "USD": "$", "EUR": "€", "GBP": "£", "SGD": "S$", "MYR": "RM", "JPY": "JP¥"}
NOTHING = "–"  # what stands where there is no value: never "None", never an empty cell
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_OLD = timedelta(days=7)


def money(value: Money | int | str | None, currency: str = "CNY") -> str:
    """Write minor units with their currency: 1290 is "¥12.90", -1290 is "-¥12.90"."""
    if value is None or value == "":  # what a template finds nothing for arrives as ""
        return NOTHING
    amount = value if isinstance(value, Money) else Money(int(value), currency or "CNY")
    sign = "-" if amount.amount < 0 else ""
    return f"{sign}{MARKS[amount.currency]}{major_units(abs(amount.amount), amount.currency)}"


def whole_money(value: Money | int | None, currency: str = "CNY") -> str:
    """Write an amount without its decimals when they are all zero: a price list's "¥2,980"."""
    return money(value, currency).removesuffix(".00")


def signed_money(value: Money | int | None, currency: str = "CNY") -> str:
    """Write an amount that comes in or goes out: "+¥12.90" or "-¥12.90"."""
    written = money(value, currency)
    return written if written.startswith(("-", NOTHING)) else f"+{written}"


def number(value: int | None) -> str:
    """Write a whole number with thousands separators."""
    return NOTHING if value is None else f"{value:,}"


def percent(ppm: int | None) -> str:
    """Write parts per million as a percentage: 6000 is "0.6%"."""
    if ppm is None:
        return NOTHING
    whole, part = divmod(abs(ppm), 10_000)
    digits = f"{part:04d}".rstrip("0")
    return f"{'-' if ppm < 0 else ''}{whole}{'.' + digits if digits else ''}%"


def moment(value: datetime | None) -> str:
    """Write a time in the zone now active: "2026-11-22 19:05"."""
    return NOTHING if value is None else _local(value).strftime("%Y-%m-%d %H:%M")


def clock_time(value: datetime | None) -> str:
    """Write only the hour: "19:05"."""
    return NOTHING if value is None else _local(value).strftime("%H:%M")


def day(value: date | datetime | None) -> str:
    """Write a day: "2026-11-22"."""
    if value is None:
        return NOTHING
    return (_local(value) if isinstance(value, datetime) else value).strftime("%Y-%m-%d")


def long_day(value: date | datetime | None) -> str:
    """Write a day as people say it: "11月22日 周日", "Sun 22 Nov"."""
    if value is None:
        return NOTHING
    when = _local(value).date() if isinstance(value, datetime) else value
    if (get_language() or "").startswith("zh"):
        return f"{when.month}月{when.day}日 周{'一二三四五六日'[when.weekday()]}"
    return date_format(when, "D j M")


def ago(value: datetime | None, now: datetime) -> str:
    """Write how long since (or until) a time; past a week, the day itself."""
    if value is None:
        return NOTHING
    apart = now - value
    if abs(apart) >= _OLD:
        return day(value)
    seconds = int(apart.total_seconds())
    if abs(seconds) < _MINUTE:
        return gettext("刚刚")
    length = _length(abs(seconds))
    return gettext("%(length)s前") % {"length": length} if seconds > 0 else gettext("%(length)s后") % {"length": length}


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _length(seconds: int) -> str:
    for size, words in ((_DAY, _days), (_HOUR, _hours), (_MINUTE, _minutes)):
        if seconds >= size:
            return words(seconds // size)
    return _minutes(1)


def _days(count: int) -> str:
    return ngettext("%(count)d 天", "%(count)d 天", count) % {"count": count}


def _hours(count: int) -> str:
    return ngettext("%(count)d 小时", "%(count)d 小时", count) % {"count": count}


def _minutes(count: int) -> str:
    return ngettext("%(count)d 分钟", "%(count)d 分钟", count) % {"count": count}


def tone_of(state: Any) -> str:
    """Name the colour of a state's badge: good, busy, warn, bad, or "" for the quiet grey."""
    return _TONES.get(str(state), "")


# By the short English codes of the rooms' TextChoices; a code that is not here is grey
_TONES = {
    **dict.fromkeys(
        ("active", "open", "paid", "picked_up", "taken", "succeeded", "available", "on_sale", "approved", "done",
         "completed", "live", "settled", "verified", "applied", "refunded"),
        "good",
    ),
    **dict.fromkeys(
        ("trial", "building", "scheduled", "processing", "partly_picked", "partly_taken", "running", "waiting",
         "accrued", "fulfilling", "issued", "sent", "created", "draft", "leader_review", "returning", "replacing",
         "refunding", "held"),
        "busy",
    ),
    **dict.fromkeys(
        ("pending_payment", "pending", "paused", "past_due", "unknown", "low_stock", "reviewing", "read_only",
         "restricted", "overdue", "resting", "draft_changed", "locked", "requested", "needed",
         "store_review", "appealed", "reminded"),
        "warn",
    ),
    **dict.fromkeys(
        ("failed", "suspended", "sold_out", "rejected", "reversed", "void", "uncollectible", "error", "drifted", "due"),
        "bad",
    ),
}  # fmt: skip
