"""The store says to where parcels are sent, and for how much."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import Kind, Refused
from tenants.delivery.freight import Parcel, freight_to
from tenants.delivery.models import DeliveryWay, FreightZone, WayKind
from tenants.delivery.ways import save_way
from tenants.delivery.zones import SHORT_NAMES
from tenants.journal.services import Actor, record

MOST_GRAMS = 1_000_000
MOST_MINOR = 100_000_000
EXAMPLES = (1_000, 3_000, 10_000)  # grams
_BETWEEN = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class ZoneDraft:
    """A zone as the store wants it. Weights in grams, amounts in minor units."""

    name: str
    words: tuple[str, ...]
    is_default: bool
    first_grams: int
    first_minor: int
    step_grams: int
    step_minor: int
    free_from_minor: int | None = None
    is_on: bool = True


class ZoneMissing(Refused):
    """There is no such zone."""

    code, kind, sentence = "freight_zone_missing", Kind.MISSING, gettext_lazy("没有找到这个运费地区。")


class ZoneNamesNothing(Refused):
    """A zone that is not the default names provinces or cities."""

    code, kind, sentence = "freight_zone_empty", Kind.INVALID, gettext_lazy("请填写这个地区包含的省份或城市。")


class WordTaken(Refused):
    """Another zone names the same place. The sentence says which."""

    code, kind, sentence = "freight_word_taken", Kind.CONFLICT, gettext_lazy("有省份或城市已经在别的地区里了。")


class DefaultThere(Refused):
    """One zone is the default already."""

    code, kind, sentence = "freight_default_there", Kind.CONFLICT, gettext_lazy("已经有一个默认地区了，请直接改它。")


class WeightWrong(Refused):
    """First weight and step are something, and not endlessly much."""

    code, kind, sentence = "freight_weight_wrong", Kind.INVALID, gettext_lazy("重量请填 0.001 到 1000 kg。")


class NoZones(Refused):
    """Express is offered once there is somewhere to send to."""

    code, kind, sentence = "freight_no_zones", Kind.CONFLICT, gettext_lazy("请先新增运费地区，再开启快递。")


def zones_for_desk() -> list[FreightZone]:
    """List every zone, the default last."""
    return list(FreightZone.objects.all())


def zone_with_id(zone_id: UUID) -> FreightZone:
    """Read a zone. :raises ZoneMissing:"""
    zone = FreightZone.objects.filter(pk=zone_id).first()
    if zone is None:
        raise ZoneMissing
    return zone


def words_in(text: str) -> tuple[str, ...]:
    """Read names of places divided by commas of either script, spaces or lines; each once.

    Short names are written out, as no address begins with them: 江浙沪 is 江苏, 浙江 and 上海, 鲁 is 山东.
    """
    typed = [word for word in _BETWEEN.split(text.strip()) if word]
    return tuple(dict.fromkeys(place for word in typed for place in SHORT_NAMES.get(word, (word,))))


def example_fees(draft: ZoneDraft | FreightZone) -> list[tuple[int, int]]:
    """Say what parcels of some weights cost, as (grams, minor units); nothing as long as a weight is missing."""
    zone = draft if isinstance(draft, FreightZone) else FreightZone(**_columns(draft))
    if zone.first_grams <= 0 or zone.step_grams <= 0:
        return []
    return [(grams, freight_to(zone, parcel=Parcel(grams), goods_minor=0).full_minor) for grams in EXAMPLES]


def save_zone(*, draft: ZoneDraft, now: datetime, by_name: str, zone_id: UUID | None = None) -> FreightZone:
    """Add a zone, or change one. Orders that were placed keep what they agreed to.

    :raises ZoneMissing, ZoneNamesNothing, WordTaken, DefaultThere, WeightWrong:
    """
    for name in ("first_grams", "step_grams"):
        if not 0 < getattr(draft, name) <= MOST_GRAMS:
            raise WeightWrong(fields={name: [WeightWrong.sentence]})
    if not draft.is_default and not draft.words:
        raise ZoneNamesNothing(fields={"words": [ZoneNamesNothing.sentence]})
    with transaction.atomic(durable=True):
        everything = FreightZone.objects.select_for_update()
        _refuse_twice(draft, [other for other in everything if other.pk != zone_id])
        zone = zone_with_id(zone_id) if zone_id else FreightZone()
        columns = _columns(draft)
        for name, value in columns.items():
            setattr(zone, name, value)
        zone.save()
        record(what="freight.zone_set", subject=zone, at=now, actor=Actor(kind="person", name=by_name), **columns)
    return zone


def forget_zone(*, zone_id: UUID, now: datetime, by_name: str) -> None:
    """Delete a zone: its places fall to the default, or nothing is sent there. :raises ZoneMissing:"""
    with transaction.atomic(durable=True):
        zone = FreightZone.objects.select_for_update().filter(pk=zone_id).first()
        if zone is None:
            raise ZoneMissing
        record(what="freight.zone_gone", subject=zone, at=now, actor=Actor(kind="person", name=by_name), name=zone.name)
        zone.delete()


def switch_express(*, is_on: bool, now: datetime, by_name: str) -> DeliveryWay:
    """Offer express, or no longer. :raises NoZones:"""
    if is_on and not FreightZone.objects.filter(is_on=True).exists():
        raise NoZones
    return save_way(
        kind=WayKind.EXPRESS,
        is_on=is_on,
        fee_minor=0,
        free_from_minor=None,
        reach_m=None,
        now=now,
        by_name=by_name,
    )


def _refuse_twice(draft: ZoneDraft, others: Sequence[FreightZone]) -> None:
    if draft.is_default and any(zone.is_default for zone in others):
        raise DefaultThere(fields={"is_default": [DefaultThere.sentence]})
    for zone in others:
        if twice := [word for word in draft.words if word in zone.words]:
            sentence = _("「%(word)s」已经在「%(zone)s」里了。") % {"word": twice[0], "zone": zone.name}
            raise WordTaken(sentence, fields={"words": [sentence]})


def _columns(draft: ZoneDraft) -> dict[str, Any]:
    # The default is what nobody names, so it names nobody
    return {**asdict(draft), "words": [] if draft.is_default else list(draft.words)}
