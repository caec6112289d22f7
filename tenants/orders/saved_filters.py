"""A person's own filters of the list of orders, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from tenants.orders.models import SavedFilter

MOST = 20
DAYS = frozenset({"since", "until", "pickup"})  # what of a list's address is a day


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A saved filter as it is asked today."""

    id: UUID
    name: str
    asked: str
    follows_today: bool


class FilterMissing(Refused):
    """There is no such filter, or it is somebody else's."""

    code, kind, sentence = "filter_missing", Kind.MISSING, gettext_lazy("没有找到这个常用筛选。")


class NothingAsked(Refused):
    """The list is not filtered."""

    code, kind, sentence = "filter_empty", Kind.INVALID, gettext_lazy("先选好筛选条件，再保存。")


class TooManyFilters(Refused):
    """A person keeps no more."""

    code, kind, sentence = "too_many_filters", Kind.CONFLICT, gettext_lazy("最多保存 20 个常用筛选，请先删掉不用的。")


def shortcuts_of(person_id: UUID, *, today: date) -> list[Shortcut]:
    """List a person's own filters by name, their days as of today."""
    found = SavedFilter.objects.filter(person_id=person_id)
    return [Shortcut(one.pk, one.name, _asked_on(one, today), one.follows_today) for one in found]


def save_filter(
    *, person_id: UUID, name: str, asked: Mapping[str, str], follows_today: bool, today: date
) -> SavedFilter:
    """Keep what a list is asked for under a name; what this person had under it before gives way.

    :raises NothingAsked, TooManyFilters:
    """
    words = {key: value for key, value in sorted(asked.items()) if value}
    if not words:
        raise NothingAsked
    with transaction.atomic(durable=True):
        own = SavedFilter.objects.select_for_update().filter(person_id=person_id)
        if len([one for one in own if one.name != name]) >= MOST:
            raise TooManyFilters
        saved, _is_new = SavedFilter.objects.update_or_create(
            person_id=person_id,
            name=name,
            defaults={
                "asked": urlencode(words),
                "follows_today": follows_today and bool(DAYS & words.keys()),
                "saved_on": today,
            },
        )
    return saved


def forget_filter(*, person_id: UUID, filter_id: UUID) -> str:
    """Delete a person's own filter and say its name. :raises FilterMissing: also for another person's"""
    with transaction.atomic(durable=True):
        found = SavedFilter.objects.filter(person_id=person_id, pk=filter_id).first()
        if found is None:
            raise FilterMissing
        found.delete()
    return found.name


def _asked_on(one: SavedFilter, today: date) -> str:
    if not one.follows_today:
        return one.asked
    since = today - one.saved_on

    def moved(name: str, text: str) -> str:
        return (date.fromisoformat(text) + since).isoformat() if name in DAYS else text

    return urlencode([(name, moved(name, text)) for name, text in parse_qsl(one.asked)])
