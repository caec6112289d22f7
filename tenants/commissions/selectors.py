"""Reading what leaders earned."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from kit.tenancy import current_store
from tenants.commissions.models import CommissionEntry, CommissionRule, EntryState, RuleScope
from tenants.leaders.models import Leader

Cursor = tuple[datetime, UUID]  # where a page ended: the last entry's created_at and id


@dataclass(frozen=True, slots=True)
class CommissionTotals:
    """Minor units of the store's currency. ``today`` is what was earned since the store's midnight."""

    today_minor: int
    accrued_minor: int
    pending_minor: int
    available_minor: int
    currency: str


def commissions_of(
    *, leader: Leader, state: str = "", after: Cursor | None = None, limit: int = 20
) -> list[CommissionEntry]:
    """List a leader's entries with line and order, newest first, from behind ``after``."""
    entries = CommissionEntry.objects.filter(leader=leader).select_related("order_line__order")
    if state:
        entries = entries.filter(state=state)
    if after:
        moment, last = after
        entries = entries.filter(Q(created_at__lt=moment) | Q(created_at=moment, id__gt=last))
    return list(entries.order_by("-created_at", "id")[:limit])


def commission_totals(*, leader: Leader, now: datetime) -> CommissionTotals:
    """Sum a leader's commissions by state, in one statement."""
    store = current_store()
    local = now.astimezone(ZoneInfo(store.timezone))
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    sums = CommissionEntry.objects.filter(leader=leader).aggregate(
        today=Sum("amount_minor", filter=Q(created_at__gte=midnight)),
        accrued=Sum("amount_minor", filter=Q(state=EntryState.ACCRUED)),
        pending=Sum("amount_minor", filter=Q(state=EntryState.PENDING)),
        available=Sum("amount_minor", filter=Q(state=EntryState.AVAILABLE)),
    )
    return CommissionTotals(
        today_minor=sums["today"] or 0,
        accrued_minor=sums["accrued"] or 0,
        pending_minor=sums["pending"] or 0,
        available_minor=sums["available"] or 0,
        currency=store.currency,
    )


def store_rate(*, now: datetime) -> int | None:
    """Say the store's default rate in parts per million; None where none was set."""
    rules = CommissionRule.objects.filter(scope=RuleScope.STORE, valid_from__lte=now)
    rule = rules.order_by("-valid_from", "-id").first()
    return rule.rate_ppm if rule else None


def store_rates(*, limit: int) -> list[CommissionRule]:
    """List the store's default rates, the newest first."""
    rules = CommissionRule.objects.filter(scope=RuleScope.STORE)
    return list(rules.order_by("-valid_from", "-id")[:limit])
