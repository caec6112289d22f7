"""A domain is let go. Nobody else may have a name that was served, for half a year: links to it are still about."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.audit.services import record_act
from control.domains.models import LIVING, CustomDomain, DomainState
from control.domains.selectors import NoSuchDomain
from control.domains.services.routing import QUARANTINE, stop_serving
from kit.tenancy import in_control


def release_domain(*, merchant_id: UUID, claim_id: UUID, by: str, now: datetime) -> CustomDomain:
    """Take a domain off a merchant's list and stop answering at it; released twice, it stays released.

    :raises NoSuchDomain:
    """
    with in_control(), transaction.atomic(durable=True):
        claim = CustomDomain.objects.select_for_update().filter(pk=claim_id, merchant_id=merchant_id).first()
        if claim is None:
            raise NoSuchDomain
        if claim.is_living:
            _let_go(claim, now=now)
            record_act(what="domain.released", actor=by, now=now, merchant_id=merchant_id, domain=claim.domain)
    return claim


def release_all(*, merchant_id: UUID, now: datetime) -> None:
    """Let go of everything an erased store had, in the caller's transaction."""
    for claim in CustomDomain.objects.select_for_update().filter(merchant_id=merchant_id, state__in=LIVING):
        _let_go(claim, now=now)


def _let_go(claim: CustomDomain, *, now: datetime) -> None:
    claim.quarantined_until = now + QUARANTINE if claim.is_served else None
    claim.state, claim.ended_at = DomainState.RELEASED, now
    claim.save(update_fields=["state", "ended_at", "quarantined_until"])
    stop_serving(claim)
