"""Reading how cut-offs went."""

from datetime import datetime, timedelta

from django.db.models import Q

from tenants.campaigns.models import Campaign, CampaignItem, CampaignState, CutoffRun, LateOrder

ALERT_AFTER = timedelta(minutes=10)  # market-and-domain.md C6: alert when not finished by then
_LOOKS_BACK = timedelta(days=2)  # before that a store may have had no runs at all


def run_of(campaign: Campaign) -> CutoffRun | None:
    """Read the run of a campaign's cut-off, if one began."""
    return CutoffRun.objects.filter(campaign=campaign).first()


def is_overdue(campaign: Campaign, run: CutoffRun | None, *, now: datetime) -> bool:
    """Say whether a cut-off should have been done to its end by now. One of before there were runs is left in peace."""
    if run is None:
        is_running = campaign.state in (CampaignState.PUBLISHED, CampaignState.PAUSED)
        return is_running and campaign.cutoff_at + ALERT_AFTER <= now < campaign.cutoff_at + _LOOKS_BACK
    return run.finished_at is None and _due_at(campaign, run) <= now


def overdue_cutoffs(*, now: datetime) -> int:
    """Count the cut-offs that should have been done to their end by now."""
    over = Q(state__in=(CampaignState.PUBLISHED, CampaignState.PAUSED), cutoff_at__lte=now - ALERT_AFTER)
    called_off = Q(state=CampaignState.CANCELLED, cutoff_run__started_at__lte=now - ALERT_AFTER)
    never = Q(cutoff_run=None, cutoff_at__gt=now - _LOOKS_BACK)
    unfinished = Q(cutoff_run__isnull=False, cutoff_run__finished_at=None)
    return Campaign.objects.filter(over | called_off).filter(never | unfinished).count()


def undecided_late_orders() -> int:
    """Count the orders paid after the lock about which nobody has decided."""
    return LateOrder.objects.filter(is_kept=None).count()


def items_below_minimum(campaign: Campaign) -> list[CampaignItem]:
    """List the items that would be given back if it were cut off with what is paid now."""
    items = CampaignItem.objects.select_related("sku__product").filter(campaign=campaign)
    return [item for item in items if item.min_form_quantity and 0 < item.sold < item.min_form_quantity]


def _due_at(campaign: Campaign, run: CutoffRun) -> datetime:
    begun_from = run.started_at if campaign.state == CampaignState.CANCELLED else campaign.cutoff_at
    return begun_from + ALERT_AFTER
