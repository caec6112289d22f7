"""Proving domains again, each day."""

from uuid import UUID

import structlog
from celery import shared_task

from control.domains.selectors import NoSuchDomain, due_claims
from control.domains.services.check_domain import check_domain
from kit import clock
from kit.tenancy.tasks import ControlTask

log = structlog.get_logger(__name__)
_SPREAD = 600  # seconds over which a day's questions are staggered


@shared_task(base=ControlTask)
def recheck_domains() -> int:
    """Wake ``recheck_domain`` for every domain that is served."""
    claims = due_claims()
    for place, claim_id in enumerate(claims):
        recheck_domain.apply_async(kwargs={"claim_id": str(claim_id)}, countdown=_SPREAD * place / len(claims))
    return len(claims)


@shared_task(base=ControlTask, time_limit=60)
def recheck_domain(*, claim_id: str) -> None:
    """Ask the DNS about one domain; one that was let go meanwhile is let be."""
    try:
        claim = check_domain(claim_id=UUID(claim_id), now=clock.now())
    except NoSuchDomain:
        return
    if not claim.is_served:
        log.warning("domain_lost", domain=claim.domain, merchant=str(claim.merchant_id), heard=claim.heard)
