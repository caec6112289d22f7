"""A merchant says what the platform's people may do in its back office."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.support.models import SupportConsent
from control.support.services.end_visits import end_visits
from kit.tenancy import in_control


def set_consent(*, merchant_id: UUID, may_enter: bool, may_write: bool, by: str, now: datetime) -> SupportConsent:
    """Write a merchant's consent down; withdrawing it ends every visit that is there now."""
    with in_control(), transaction.atomic():
        consent, _is_new = SupportConsent.objects.update_or_create(
            merchant_id=merchant_id,
            defaults={
                "may_enter": may_enter,
                "may_write": may_enter and may_write,
                "changed_at": now,
                "changed_by": by,
            },
        )
        record_act(
            what="support.consent",
            actor=by,
            now=now,
            merchant_id=merchant_id,
            may_enter=consent.may_enter,
            may_write=consent.may_write,
        )
        if not may_enter:
            end_visits(by=by, merchant_id=merchant_id, now=now)
    return consent
