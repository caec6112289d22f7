"""From which warehouse a basket is filled: the nearest to the pickup point that has all of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from tenants.campaigns.selectors import Offer
from tenants.inventory.models import DEFAULT_WAREHOUSE
from tenants.leaders.areas import metres_between
from tenants.leaders.models import PickupPoint


@dataclass(frozen=True, slots=True)
class Source:
    """A warehouse that may fill the basket; ``metres`` from the pickup point, where both places are known."""

    warehouse_id: UUID
    name: str
    metres: int | None


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Where each item comes from, how many of it are ``left`` there, and why, in a sentence for people.

    ``apart`` are items that lie elsewhere, and could be had in an order of their own. The note is empty where there
    was nothing to choose.
    """

    places: Mapping[UUID, UUID] = field(default_factory=dict)
    left: Mapping[UUID, int] = field(default_factory=dict)
    apart: frozenset[UUID] = frozenset()
    note: str = ""
    notes: Mapping[date, str] = field(default_factory=dict)  # by pickup day, where each was chosen for by itself


def find_sources(
    *, offers: Mapping[UUID, Offer], wanted: Mapping[UUID, int], point: PickupPoint | None, may_split: bool
) -> Sourcing:
    """Choose where a basket is filled from. The nearest that has all of it wins, whichever lies nearer in part.

    Where none has all, each line comes from the nearest that has it if ``may_split``; else the place that has most
    lines is taken, and what it lacks is short.
    """
    items = [item_id for item_id in wanted if item_id in offers]
    sources = _by_distance(offers.values(), point)
    fillings = [_fill(source, items, offers, wanted) for source in sources]
    for source, filling in zip(sources, fillings, strict=True):
        if not filling.short:
            return _whole(source, filling, sources)
    if may_split:
        split = _split(items, offers, wanted, sources)
        if split is not None:
            return split
    if not fillings:
        return Sourcing(left=dict.fromkeys(items, 0))
    best = min(range(len(fillings)), key=lambda place: (len(fillings[place].short), place))
    nowhere = frozenset.intersection(*(filling.short for filling in fillings))
    most = {item_id: max(filling.left[item_id] for filling in fillings) for item_id in nowhere}
    places = dict.fromkeys(items, sources[best].warehouse_id)
    return Sourcing(places, {**fillings[best].left, **most}, apart=fillings[best].short - nowhere)


def sources_by_day(*, offers: Mapping[UUID, Offer], wanted: Mapping[UUID, int], point: PickupPoint | None) -> Sourcing:
    """Choose for each pickup day by itself where it comes from; what no place has whole is split over several.

    The store's rule about splitting is about one order: here each place has an order of its own.
    """
    places: dict[UUID, UUID] = {}
    left: dict[UUID, int] = {}
    notes: dict[date, str] = {}
    for day in sorted({offer.item.campaign.pickup_date for offer in offers.values()}):
        of_day = {item_id: offer for item_id, offer in offers.items() if offer.item.campaign.pickup_date == day}
        found = find_sources(offers=of_day, wanted=wanted, point=point, may_split=True)
        places |= found.places
        left |= found.left
        for item_id in found.apart:  # another line is short: this one is not, by itself
            alone = find_sources(
                offers={item_id: of_day[item_id]}, wanted={item_id: wanted[item_id]}, point=point, may_split=True
            )
            places |= alone.places
            left |= alone.left
        notes[day] = found.note
    return Sourcing(places, left, notes=notes)


@dataclass(frozen=True, slots=True)
class _Filling:
    left: Mapping[UUID, int]
    short: frozenset[UUID]


def _by_distance(offers: Iterable[Offer], point: PickupPoint | None) -> list[Source]:
    known = {place.warehouse_id: place for offer in offers for place in offer.stocks}
    sources = []
    for place in known.values():
        metres = None
        if point is not None and place.latitude is not None and place.longitude is not None:
            metres = metres_between(point.latitude, point.longitude, place.latitude, place.longitude)
        sources.append(Source(place.warehouse_id, place.name or _("默认仓库"), metres))
    # Without a place on the map the first warehouse is the usual one
    return sorted(
        sources,
        key=lambda one: (one.metres is None, one.metres or 0, one.warehouse_id != DEFAULT_WAREHOUSE, one.warehouse_id),
    )


def _fill(source: Source, items: Sequence[UUID], offers: Mapping[UUID, Offer], wanted: Mapping[UUID, int]) -> _Filling:
    """Two items may take the same stock: what an earlier line took is not there for a later one."""
    left: dict[UUID, int] = {}
    taken: dict[UUID, int] = {}
    short = set()
    for item_id in items:
        offer, factor = offers[item_id], offers[item_id].item.sku.factor
        stock = _stock_of(offer)
        rest = max(_there(offer, source.warehouse_id) - taken.get(stock, 0), 0)
        left[item_id] = min(offer.left, rest // factor)  # a quota is no matter of the place
        taken[stock] = taken.get(stock, 0) + wanted[item_id] * factor
        if rest // factor < wanted[item_id]:
            short.add(item_id)
    return _Filling(left, frozenset(short))


def _whole(source: Source, filling: _Filling, sources: Sequence[Source]) -> Sourcing:
    places = dict.fromkeys(filling.left, source.warehouse_id)
    if len(sources) == 1:
        return Sourcing(places, filling.left)
    words = {"name": source.name, "nearest": sources[0].name, "away": _distance(source.metres)}
    if source is not sources[0]:
        return Sourcing(places, filling.left, note=_("%(nearest)s货不够，由%(name)s发货") % words)
    sentence = _("就近%(name)s有货，距自提点 %(away)s") if source.metres is not None else _("%(name)s有货")
    return Sourcing(places, filling.left, note=sentence % words)


def _split(
    items: Sequence[UUID], offers: Mapping[UUID, Offer], wanted: Mapping[UUID, int], sources: Sequence[Source]
) -> Sourcing | None:
    places: dict[UUID, UUID] = {}
    left: dict[UUID, int] = {}
    taken: dict[tuple[UUID, UUID], int] = {}
    used: dict[UUID, str] = {}
    for item_id in items:
        offer, factor = offers[item_id], offers[item_id].item.sku.factor
        for source in sources:
            key = (source.warehouse_id, _stock_of(offer))
            rest = _there(offer, source.warehouse_id) - taken.get(key, 0)
            if rest >= wanted[item_id] * factor:
                places[item_id], left[item_id] = source.warehouse_id, min(offer.left, rest // factor)
                taken[key] = taken.get(key, 0) + wanted[item_id] * factor
                used[source.warehouse_id] = source.name
                break
        else:
            return None
    return Sourcing(places, left, note=_("分仓发货：%(names)s") % {"names": _("、").join(used.values())})


def _stock_of(offer: Offer) -> UUID:
    sku = offer.item.sku
    return sku.base_sku_id or sku.pk


def _there(offer: Offer, warehouse_id: UUID) -> int:
    return next((place.left for place in offer.stocks if place.warehouse_id == warehouse_id), 0)


def _distance(metres: int | None) -> str:
    if metres is None:
        return ""
    return _("%(n)s 米") % {"n": metres} if metres < 1000 else _("%(n)s 公里") % {"n": f"{metres / 1000:.1f}"}
