"""A cardholder's bank takes money back from the store, and sometimes returns it."""

from datetime import datetime

from django.db import transaction

from kit.ports.payments.bills import CHINA
from tenants.journal.services import Actor, record
from tenants.payments.models import Difference, DifferenceKind, DifferenceState, Payment
from tenants.payments.ways import WAYS

# Stripe's words for the two moments at which money moves; an inquiry moves none
TAKEN, GIVEN_BACK = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"


def note_dispute(*, provider_ref: str, amount_minor: int, is_taken: bool, at: datetime, now: datetime) -> bool:
    """Write down that a bank took a payment's money (or gave it back) as a difference that a person must explain;
    say whether the payment is ours.

    The order stays as it is: the goods may be on their way, and whether to answer the bank is for people. Safe to
    repeat, and the end is the same whichever of the two comes first.
    """
    payment = Payment.objects.select_related("order").filter(provider_ref=provider_ref).first()
    if payment is None or not provider_ref:
        return False
    with transaction.atomic(durable=True):
        Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        found = Difference.objects.filter(kind=DifferenceKind.DISPUTE, key=payment.key).first()
        if found is None:
            found = Difference(
                provider=WAYS[payment.method].provider,
                day=at.astimezone(CHINA).date(),
                kind=DifferenceKind.DISPUTE,
                subject="charge",
                key=payment.key,
                order_id_hint=payment.order_id,
                ours_minor=payment.amount_minor,
                theirs_minor=payment.amount_minor - amount_minor,
                currency=payment.currency,
                found_at=now,
            )
        elif is_taken or found.state != DifferenceState.OPEN:
            return True
        if not is_taken:
            found.state, found.closed_at = DifferenceState.GONE, now
        found.save()
        actor = Actor(kind="provider", name=payment.method)
        what = "payment.disputed" if is_taken else "payment.dispute_won"
        record(what=what, subject=payment, at=now, actor=actor, amount_minor=amount_minor)
    return True
