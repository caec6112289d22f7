"""How a basket becomes orders: by the day it is fetched on and the place it comes from. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tenants.sales.services.quote_lines import Quote, QuotedLine


@dataclass(frozen=True, slots=True)
class Group:
    """What becomes one order. ``note`` says why it comes from that place, where there was a choice."""

    pickup_date: date
    warehouse_id: UUID | None
    lines: Sequence[QuotedLine]
    note: str = ""

    @property
    def goods_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is paid for it, after its lines' shares of every discount."""
        return sum(line.net_minor for line in self.lines)


def groups_of(quote: Quote) -> list[Group]:
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
