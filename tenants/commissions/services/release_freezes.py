"""A commission may be paid out when its freeze ends."""

from datetime import datetime

from django.db import transaction

from tenants.commissions.models import CommissionEntry, EntryState


def release_freezes(*, now: datetime) -> int:
    """Make available what has waited long enough; return how many entries. Safe to repeat."""
    with transaction.atomic(durable=True):
        ended = CommissionEntry.objects.filter(state=EntryState.PENDING, available_at__lte=now)
        return int(ended.update(state=EntryState.AVAILABLE))
