"""How a basket becomes orders: by the day it is fetched on and the place it comes from. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tenants.delivery.freight import Freight
from tenants.sales.services.quote_lines import Quote, QuotedLine


@dataclass(frozen=True, slots=True)
class Group:
    """What becomes one order. ``note`` says why it comes from that place, where there was a choice."""

    pickup_date: date
    warehouse_id: UUID | None
    lines: Sequence[QuotedLine]
    note: str = ""
    delivery_minor: int = 0  # of a day's delivery, which the day's first order bears
    freight: Freight | None = None  # how that came about, where it is by weight

    @property
    def goods_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is paid for it, after its lines' shares of every discount."""
        return self.delivery_minor + sum(line.net_minor for line in self.lines)


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
    fees, freights = dict(quote.fees), dict(quote.freights)
    return [
        Group(
            day,
            UUID(place) if place else None,
            tuple(split[day, place]),
            notes.get(day, ""),
            fees.pop(day, 0),
            freights.pop(day, None),
        )
        for day, place in sorted(split)
    ]
