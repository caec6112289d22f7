"""An export becomes another merchant's store, which begins with a trial of its own."""

from datetime import datetime
from functools import partial
from pathlib import Path

from billing.services.start_trial import start_trial
from control.lifecycle.services.export_store import Tell, silently
from control.lifecycle.services.restore_store import restore_store
from control.merchants.models import Merchant
from control.people.models import Role, Seat


def restore_copy(
    *, source: Path, slug: str, by: str, now: datetime, from_elsewhere: bool = False, tell: Tell = silently
) -> Merchant:
    """Restore an export as a new merchant under an address of its own; store and trial come in one transaction.

    The payer is the owner of the store that was exported. An export of another platform brings no people along, so
    that copy has no subscription until somebody owns it.
    :raises: what ``restore_store`` raises.
    """
    begin = partial(_begin, now=now)
    return restore_store(
        source=source, slug=slug, now=now, as_new=True, by=by, from_elsewhere=from_elsewhere, tell=tell, then=begin
    )


def _begin(merchant: Merchant, *, now: datetime) -> None:
    seats = Seat.objects.filter(merchant_id=merchant.pk, role=Role.OWNER).select_related("person")
    owner = seats.order_by("created_at", "pk").first()
    if owner is None:
        return
    start_trial(
        merchant_id=merchant.pk,
        name=merchant.name,
        email=owner.person.email,
        phone=owner.person.phone,
        timezone=merchant.timezone,
        currency=merchant.currency,
        now=now,
    )
