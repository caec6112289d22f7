"""What a quote becomes when it is ordered: until when it may be paid, what is written of its lines and its address."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from tenants.campaigns.models import CampaignKind, Team
from tenants.campaigns.selectors_teams import ends_at
from tenants.campaigns.times import GRACE
from tenants.delivery.slots import take_slot
from tenants.inventory.models import DEFAULT_WAREHOUSE
from tenants.orders.models import Order
from tenants.orders.services import NewDiscount, NewLine
from tenants.sales.services.quote_lines import Quote, QuotedLine

PAYMENT_WINDOW = timedelta(minutes=15)
FLASH_WINDOW = timedelta(minutes=5)


def address_kept(quote: Quote) -> dict[str, Any] | None:
    """Say what an order keeps of the address: later changes of the member's own do not move it."""
    address = quote.delivery.address if quote.delivery.way else None
    if address is None:
        return None
    place = {"latitude": str(address.latitude), "longitude": str(address.longitude)} if address.latitude else {}
    return {"name": address.name, "phone": address.phone, "text": address.text, **place}


def slot_kept(quote: Quote, pickup_date: date) -> dict[str, Any] | None:
    """Say what an order keeps of the time at which its goods are brought."""
    slot = quote.delivery.slot_on(pickup_date)
    return slot.kept if slot else None


def take_slots(orders: Iterable[Order]) -> None:
    """Take a place for each order that is brought at a time of day, in the caller's transaction: a statement a slot
    and day, in the order of the days for everybody. :raises SlotFull:"""
    slots = [order.slot for order in orders if order.slot]
    drives = Counter((slot["day"], slot["id"]) for slot in slots)
    for (day, slot_id), count in sorted(drives.items()):
        take_slot(slot={"id": slot_id, "day": day}, orders=count)


def pay_until(quote: Quote, now: datetime, team: Team | None = None) -> datetime:
    """Say until when it may be paid: a quarter of an hour, but not beyond the minutes of grace after a cut-off.

    In a flash sale and in a team others wait for what is not paid, so it comes back sooner; and with a team's time.
    """
    campaigns = [quote.offers[line.campaign_item_id].item.campaign for line in quote.lines]
    others_wait = any(campaign.kind in (CampaignKind.FLASH, CampaignKind.TEAM) for campaign in campaigns)
    window = FLASH_WINDOW if others_wait else PAYMENT_WINDOW
    if team is not None:
        window = min(window, ends_at(team) - now)
    return min(now + window, min(campaign.cutoff_at for campaign in campaigns) + GRACE)


def new_line(quote: Quote, line: QuotedLine) -> NewLine:
    """Say what is written of a line."""
    offer = quote.offers[line.campaign_item_id]
    place = quote.sourcing.places.get(line.campaign_item_id)
    return NewLine(
        campaign_item_id=offer.item.id,
        sku_id=offer.item.sku_id,
        title=line.title,
        sku_label=line.sku_label,
        picture_key=offer.picture_key,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        stock_sku_id=offer.item.sku.base_sku_id,
        stock_factor=offer.item.sku.factor,
        warehouse_id=None if place == DEFAULT_WAREHOUSE else place,
        discounts=tuple(
            NewDiscount(share.source, share.source_id, share.name, share.off_minor) for share in line.shares
        ),
        estimated_grams=offer.item.sku.estimated_grams,
    )
