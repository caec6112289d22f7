"""Selling what is nearly over cheaper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.money import rate_of
from tenants.campaigns.models import CampaignItem, CampaignState
from tenants.inventory.models import Batch, BatchState, ShelfRule
from tenants.inventory.selectors import BatchMissing
from tenants.journal.services import Actor, record


class NothingToMarkDown(Refused):
    """The batch is not near its end, the product has no rule, or nothing of it is on sale now."""

    code, kind, sentence = "nothing_to_mark_down", Kind.CONFLICT, _("没有可以降价的在售商品，或还没有设置临期降价。")


@dataclass(frozen=True, slots=True)
class Cut:
    """One price that would be cut."""

    item: CampaignItem
    price_minor: int
    is_below_cost: bool


def cuts_for(*, batch: Batch, now: datetime) -> Sequence[Cut]:
    """Work out the new prices of what is on sale of a batch that is nearly over; empty when there is nothing to do."""
    rule = ShelfRule.objects.filter(product__skus=batch.stock.sku_id).first()
    if rule is None or not rule.markdown_ppm or batch.state != BatchState.NEAR_EXPIRY or batch.marked_down_at:
        return []
    items = CampaignItem.objects.filter(
        sku=batch.stock.sku_id, campaign__state=CampaignState.PUBLISHED, campaign__cutoff_at__gt=now
    )
    cuts = []
    for item in items.select_related("campaign", "sku").order_by("pk"):
        price = max(1, item.price_minor - rate_of(item.price_minor, rule.markdown_ppm))
        cost = batch.cost_minor if batch.cost_minor is not None else item.sku.cost_minor
        cuts.append(Cut(item, price, is_below_cost=cost is not None and price < cost))
    return cuts


def mark_down_due(*, now: datetime) -> int:
    """Cut the prices for each batch that is nearly over and whose rule says that it is done by itself; say how many.

    Safe to repeat and to be run by two at once. What is on no list yet waits until it is, and goods are cut once
    though several of their batches are nearly over.
    """
    near = Batch.objects.filter(state=BatchState.NEAR_EXPIRY, on_hand__gt=0)
    rules = ShelfRule.objects.filter(marks_down_itself=True, markdown_ppm__gt=0)
    due = near.filter(marked_down_at=None, stock__sku__product__shelf_rule__in=rules)
    done = 0
    for batch_id, sku_id in list(due.order_by("expires_on", "pk").values_list("pk", "stock__sku")):
        if near.filter(stock__sku=sku_id, marked_down_at__isnull=False).exists():
            continue
        try:
            done += mark_down(batch_id=batch_id, by_name="系统", now=now)
        except NothingToMarkDown:
            continue
    return done


def mark_down(*, batch_id: UUID, by_name: str, now: datetime) -> int:
    """Cut the prices of what is on sale of a batch, once a batch; say how many.

    :raises BatchMissing, NothingToMarkDown:
    """
    with transaction.atomic(durable=True):
        locked = Batch.objects.select_for_update(of=("self",)).select_related("stock")
        batch = locked.filter(pk=batch_id).first()
        if batch is None:
            raise BatchMissing
        cuts = cuts_for(batch=batch, now=now)
        if not cuts:
            raise NothingToMarkDown
        actor = Actor(kind="person", name=by_name)
        for cut in cuts:
            same = CampaignItem.objects.filter(pk=cut.item.pk, price_minor=cut.item.price_minor)
            if same.update(price_minor=cut.price_minor):
                prices = [cut.item.price_minor, cut.price_minor]
                record(
                    what="campaign.marked_down",
                    subject=cut.item.campaign,
                    at=now,
                    actor=actor,
                    item_id=str(cut.item.pk),
                    lot=batch.lot,
                    prices=prices,
                )
        batch.marked_down_at = now
        batch.save(update_fields=["marked_down_at"])
    return len(cuts)
