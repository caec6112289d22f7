"""How a basket becomes orders: by the day it is fetched on and the place it comes from. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from tenants.campaigns.selectors import Offer
from tenants.leaders.models import PickupPoint
from tenants.sales.sourcing import Sourcing, find_sources

if TYPE_CHECKING:
    from tenants.sales.services.quote_lines import Quote, QuotedLine


@dataclass(frozen=True, slots=True)
class Group:
    """What becomes one order. ``note`` says why it comes from that place, where there was a choice."""

    pickup_date: date
    warehouse_id: UUID | None
    lines: "Sequence[QuotedLine]"
    note: str = ""

    @property
    def goods_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is paid for it, after its lines' shares of every discount."""
        return sum(line.net_minor for line in self.lines)


def groups_of(quote: "Quote") -> list[Group]:
    """Split a quoted basket by pickup day and place, days first to last; lines in the order they were asked in.

    Lines that are no longer there belong to no group.
    """
    split: dict[tuple[date, str], list[QuotedLine]] = {}
    for line in quote.lines:
        if offer := quote.offers.get(line.campaign_item_id):
            place = quote.sourcing.places.get(line.campaign_item_id)
            split.setdefault((offer.item.campaign.pickup_date, str(place or "")), []).append(line)
    notes = quote.sourcing.notes
    return [
        Group(day, UUID(place) if place else None, tuple(split[day, place]), notes.get(day, ""))
        for day, place in sorted(split)
    ]


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
