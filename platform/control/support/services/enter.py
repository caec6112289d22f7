"""The pass is used at the store's own host."""

from datetime import datetime
from uuid import UUID

from control.people.services import PassRefused
from control.support.models import SupportVisit
from control.support.selectors import living_visit
from control.support.services.start_visit import hash_of
from kit.tenancy import in_control


def enter(*, token: str, merchant_id: UUID, now: datetime) -> SupportVisit:
    """Use a pass and return its visit. :raises PassRefused: unknown, used, too old, of another store, or over."""
    with in_control():
        unused = SupportVisit.objects.filter(
            pass_hash=hash_of(token), merchant_id=merchant_id, entered_at=None, pass_expires_at__gt=now
        )
        if not unused.update(entered_at=now):
            raise PassRefused
        visit = SupportVisit.objects.get(pass_hash=hash_of(token))
        if living_visit(visit.pk, merchant_id=merchant_id, now=now) is None:
            raise PassRefused
    return visit
