"""Stores whose usage the sweeps cannot take: noted by the first sweep that fails, told to a person after a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from billing.models.metering import LateUsage
from billing.selectors import WITHOUT_SCHEMA
from control.merchants.models import Merchant
from control.post.services import write_operators
from kit.tenancy import in_control

log = structlog.get_logger(__name__)
LONGEST_WAIT = timedelta(minutes=5)  # billing.md 2.1: the collector comes every minute
_MOST = 20  # lines of a letter; the console has all


def fall_behind(*, merchant_id: UUID, error: Exception, now: datetime) -> None:
    """Note that a store's facts stay where they are. The first moment is kept, with the latest reason."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[: LateUsage.SAID]
    with in_control(), transaction.atomic():
        LateUsage.objects.update_or_create(
            merchant_id=merchant_id, defaults={"error": said}, create_defaults={"error": said, "since": now}
        )


def behind() -> set[UUID]:
    """Name the stores that are noted, in a control scope."""
    return set(LateUsage.objects.values_list("merchant_id", flat=True))


def be_up_to_date(*, merchant_ids: Sequence[UUID]) -> None:
    """Forget the notes of stores whose facts came after all."""
    with in_control(), transaction.atomic():
        LateUsage.objects.filter(merchant_id__in=merchant_ids).delete()


def tell_who_is_behind(*, now: datetime) -> int:
    """Write to the operators about stores that are five minutes behind; each once until it is up to date again.

    Returns how many were told of.
    """
    with in_control(), transaction.atomic():
        LateUsage.objects.filter(merchant__state__in=WITHOUT_SCHEMA).delete()  # archived or erased: nothing to come
        late = LateUsage.objects.select_for_update(skip_locked=True).filter(told_at=None, since__lte=now - LONGEST_WAIT)
        found = list(late.order_by("since", "merchant_id").values_list("merchant_id", "since", "error"))
        LateUsage.objects.filter(merchant_id__in=[merchant_id for merchant_id, _since, _error in found]).update(
            told_at=now
        )
        names = dict(Merchant.objects.filter(pk__in=[each[0] for each in found]).values_list("pk", "slug"))
    if not found:
        return 0
    lines = [
        f"{names[merchant_id]} {since.isoformat(timespec='minutes')} {error}" for merchant_id, since, error in found
    ]
    more = f"\n… {len(lines) - _MOST} more in the console" if len(lines) > _MOST else ""
    log.error("usage_late", stores=[names[merchant_id] for merchant_id, _since, _error in found])
    write_operators(
        subject="邻里：用量采集落后超过 5 分钟 · Usage is not collected", text="\n".join(lines[:_MOST]) + more, now=now
    )
    return len(found)
