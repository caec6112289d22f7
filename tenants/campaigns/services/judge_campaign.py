"""The moment after which nobody gets into a group buy, and what goes on of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.campaigns.models import Campaign, CampaignItem, CampaignState, CutoffRun
from tenants.campaigns.selectors_desk import lock_campaign
from tenants.campaigns.times import GRACE
from tenants.journal.services import Actor, record

_LOOKS_BACK = timedelta(days=2)  # a store that was closed longer than this is cut off by hand
_SYSTEM = Actor(kind="task", name="系统")


class NotCutOffYet(Refused):
    """The group buy still takes orders, or the minutes of grace after its cut-off are not over, or it is a draft."""

    code, kind, sentence = "not_cut_off_yet", Kind.CONFLICT, _("还没到截单时间，截单 2 分钟后自动处理。")


def campaigns_to_cut_off(*, now: datetime) -> list[UUID]:
    """Find the group buys whose cut-off or calling off is not done to the end, the earliest first."""
    over = Q(state__in=(CampaignState.PUBLISHED, CampaignState.PAUSED), cutoff_at__lte=now - GRACE)
    called_off = Q(state=CampaignState.CANCELLED, locked_at__isnull=False)
    waiting = Campaign.objects.filter(over | called_off, cutoff_at__gt=now - _LOOKS_BACK)
    unfinished = waiting.filter(Q(cutoff_run=None) | Q(cutoff_run__finished_at=None))
    return list(unfinished.order_by("cutoff_at", "pk").values_list("pk", flat=True))


def lock_for_good(*, campaign_id: UUID, now: datetime) -> CutoffRun:
    """Let nobody in any more and begin the run, or go on with the one that was begun.

    :raises CampaignMissing, NotCutOffYet:
    """
    with transaction.atomic(durable=True):
        campaign = lock_campaign(campaign_id)
        running = campaign.state in (CampaignState.PUBLISHED, CampaignState.PAUSED)
        if campaign.locked_at is None:
            if not running or now < campaign.cutoff_at + GRACE:
                raise NotCutOffYet
            campaign.locked_at = now
            campaign.save(update_fields=["locked_at"])
        run, _is_new = CutoffRun.objects.get_or_create(campaign=campaign, defaults={"started_at": now})
        if run.finished_at is None:
            CutoffRun.objects.filter(pk=run.pk).update(tries=F("tries") + 1)
            run.refresh_from_db()
    return run


def judge_campaign(*, campaign: Campaign, run: CutoffRun, now: datetime) -> None:
    """Decide once which items of a locked group buy go on, in the caller's transaction, which holds the campaign.

    Of one that was called off none does; otherwise those sold as often as their minimum asks.
    """
    if run.judged_at is not None:
        return
    items = list(CampaignItem.objects.select_related("sku__product").filter(campaign=campaign))
    too_few = [item.pk for item in items if campaign.state == CampaignState.CANCELLED or _is_too_few(item)]
    _of(too_few).update(failed_at=now)
    run.judged_at = now
    run.items_failed = len(too_few)
    run.snapshot = [_told(item, failed=item.pk in too_few) for item in items]
    run.save(update_fields=["judged_at", "items_failed", "snapshot"])
    if campaign.state != CampaignState.CANCELLED:
        record(
            what="campaign.cut_off",
            subject=campaign,
            at=now,
            actor=_SYSTEM,
            failed=[one["title"] for one in run.snapshot if one["failed"]],
        )


def _is_too_few(item: CampaignItem) -> bool:
    return item.min_form_quantity is not None and item.sold < item.min_form_quantity


def _of(item_ids: list[UUID]) -> QuerySet[CampaignItem]:
    return CampaignItem.objects.filter(pk__in=item_ids)


def _told(item: CampaignItem, *, failed: bool) -> dict[str, Any]:
    return {
        "item_id": str(item.pk),
        "title": item.sku.product.title,
        "label": item.sku.label,
        "sold": item.sold,
        "minimum": item.min_form_quantity,
        "failed": failed,
    }
