"""What a price that was cut for a batch near its end costs in the list after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tenants.campaigns.models import Campaign, CampaignItem
from tenants.inventory.models import Batch, BatchState
from tenants.journal.selectors import entries_of
from tenants.journal.services import Actor, record


@dataclass(frozen=True, slots=True)
class LastingCut:
    """A cut that goes on in the next list: the batch it was made for is still there, and nearly over."""

    item: CampaignItem
    lot: str
    before_minor: int


def end_markdowns(*, source: Campaign, items: Sequence[CampaignItem]) -> list[LastingCut]:
    """Give items of a list, in memory, back the price they had before it was cut for a batch that is gone by now.

    Return the cuts that last. A price somebody changed since is theirs, and stays.
    """
    cuts = {
        entry.detail["item_id"]: (entry.detail["lot"], *entry.detail["prices"])
        for entry in entries_of(source)
        if entry.what == "campaign.marked_down"
    }
    lasting = []
    for item in items:
        lot, before, cut = cuts.get(str(item.pk), ("", None, None))
        if before is None or item.price_minor != cut:
            continue
        near = Batch.objects.filter(stock__sku=item.sku_id, lot=lot, state=BatchState.NEAR_EXPIRY, on_hand__gt=0)
        if near.exists():
            lasting.append(LastingCut(item, lot, before))
        else:
            item.price_minor = before
    return lasting


def note_lasting_cuts(*, copied: Campaign, lasting: Sequence[LastingCut], now: datetime) -> None:
    """Write into the journal of a new list which of its prices are cut, and from what, in the caller's transaction."""
    by_sku = {item.sku_id: item for item in CampaignItem.objects.filter(campaign=copied)} if lasting else {}
    for cut in lasting:
        record(
            what="campaign.marked_down",
            subject=copied,
            at=now,
            actor=Actor(kind="task", name="系统"),
            item_id=str(by_sku[cut.item.sku_id].pk),
            lot=cut.lot,
            prices=[cut.before_minor, cut.item.price_minor],
        )
