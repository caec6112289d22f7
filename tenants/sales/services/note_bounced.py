"""A refund that had arrived comes back from the payer's bank: the card is gone."""

from datetime import datetime

from kit.ports.payments.bills import CHINA
from tenants.journal.services import Actor, record
from tenants.payments.models import Difference, DifferenceKind, Refund
from tenants.payments.ways import WAYS


def note_bounced(*, refund: Refund, reason: str, now: datetime) -> None:
    """Write down, in the caller's transaction, that a locked refund's money is with the shop again, once; a person must
    give it another way and explain the difference.

    The order stays refunded, as it was told: whom the shop owes is the member still.
    """
    if refund.failure:
        return
    refund.failure = (reason or "bounced")[:120]
    refund.save(update_fields=["failure"])
    Difference.objects.get_or_create(
        provider=WAYS[refund.payment.method].provider,
        day=(refund.settled_at or now).astimezone(CHINA).date(),
        kind=DifferenceKind.STATE,
        subject="refund",
        key=refund.key,
        defaults={
            "order_id_hint": refund.payment.first_order_id,
            "ours_minor": refund.amount_minor,
            "theirs_minor": 0,
            "currency": refund.currency,
            "found_at": now,
        },
    )
    actor = Actor(kind="provider", name=refund.payment.method)
    record(what="refund.bounced", subject=refund, at=now, actor=actor, reason=refund.failure)
