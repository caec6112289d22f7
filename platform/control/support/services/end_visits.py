"""A visit ends before its time: its operator left or logged out, or the merchant would not have it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.support.models import SupportVisit
from kit.tenancy import in_control


def end_visits(
    *,
    by: str,
    now: datetime,
    visit_id: UUID | None = None,
    operator_id: UUID | None = None,
    merchant_id: UUID | None = None,
) -> int:
    """End the living visits that fit all that is named (one thing at least); return how many. Safe to repeat."""
    named = {"pk": visit_id, "operator_id": operator_id, "merchant_id": merchant_id}
    which = {field: value for field, value in named.items() if value is not None}
    if not which:
        raise ValueError("whose visits?")
    with in_control(), transaction.atomic():
        living = list(
            SupportVisit.objects.select_for_update().filter(**which, ended_at=None, ends_at__gt=now).order_by("pk")
        )
        for visit in living:
            visit.ended_at, visit.ended_by = now, by
            visit.save(update_fields=["ended_at", "ended_by"])
            record_act(what="support.ended", actor=by, now=now, merchant_id=visit.merchant_id)
    return len(living)
