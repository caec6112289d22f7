"""An operator gives a name free before its time: the domain was sold, and its new owner has shown it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.domains.models import CustomDomain
from control.domains.selectors import NoSuchDomain
from kit.tenancy import in_control


def lift_quarantine(*, claim_id: UUID, by: str, reason: str, now: datetime) -> CustomDomain:
    """End a quarantine; whoever wants the name still has to prove it. :raises NoSuchDomain:"""
    with in_control(), transaction.atomic(durable=True):
        claim = CustomDomain.objects.select_for_update().filter(pk=claim_id, ended_at__isnull=False).first()
        if claim is None:
            raise NoSuchDomain
        claim.quarantined_until = None
        claim.save(update_fields=["quarantined_until"])
        record_act(
            what="domain.quarantine_lifted",
            actor=by,
            now=now,
            merchant_id=claim.merchant_id,
            reason=reason,
            domain=claim.domain,
        )
    return claim
