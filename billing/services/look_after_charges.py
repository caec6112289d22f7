"""The janitor of charges: whatever is not known to have ended is asked about, ever more seldom."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from billing.models.collection import OPEN_ATTEMPTS, AttemptState, ChargeAttempt
from billing.services.ask_card import ask_card
from billing.services.note_charge import ChargeNews, note_charge
from kit.gateway.cards import ChargeResult, ChargeState, abandon_charge, find_charge, read_charge
from kit.gateway.client import GatewayMisuse, GatewayUnknown

log = structlog.get_logger(__name__)
PAUSES = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
# How long a bank's page is waited for; then the charge is withdrawn, so that nobody pays it behind our back
PATIENCE = timedelta(hours=1)
_ENDS = {
    ChargeState.SUCCEEDED: AttemptState.SUCCEEDED,
    ChargeState.PROCESSING: AttemptState.PROCESSING,
    ChargeState.FAILED: AttemptState.FAILED,
    ChargeState.REQUIRES_ACTION: AttemptState.FAILED,  # its owner was absent; a person pays by hand
}


def look_after_charges(*, now: datetime) -> int:
    """Ask the card company about every attempt whose look is due; return how many were asked about.

    An attempt the company does not know is charged again with its own key, which it does at most once.
    """
    due = ChargeAttempt.objects.filter(state__in=OPEN_ATTEMPTS, next_look_at__lte=now).order_by("next_look_at", "id")
    looked = 0
    for attempt in due.select_related("invoice__billing_account", "card"):
        if not _claim(attempt, now):
            continue
        looked += 1
        try:
            _look(attempt, now)
        except (GatewayUnknown, GatewayMisuse) as silence:
            log.warning("charge_still_unknown", attempt=attempt.key, looks=attempt.looks, error=str(silence))
    return looked


def _claim(attempt: ChargeAttempt, now: datetime) -> bool:
    """Put the next look off before looking, so that two janitors never ask at once."""
    pause = PAUSES[min(attempt.looks, len(PAUSES) - 1)]
    return bool(
        ChargeAttempt.objects.filter(pk=attempt.pk, next_look_at=attempt.next_look_at).update(
            next_look_at=now + pause, looks=attempt.looks + 1
        )
    )


def _look(attempt: ChargeAttempt, now: datetime) -> None:
    payer = attempt.invoice.billing_account.gateway_ref or ""
    known = (
        read_charge(ref=attempt.gateway_ref)
        if attempt.gateway_ref
        else find_charge(customer_ref=payer, key=attempt.key)
    )
    if known is None:
        ask_card(attempt=attempt, now=now)
        return
    if known.state == ChargeState.REQUIRES_ACTION and attempt.state == AttemptState.REQUIRES_ACTION:
        if now < attempt.created_at + PATIENCE:
            return
        known = abandon_charge(ref=known.ref, key=f"{attempt.key}:abandon")
    note_known(attempt=attempt, known=known, now=now)


def note_known(*, attempt: ChargeAttempt, known: ChargeResult, now: datetime) -> None:
    """Fold in what the card company holds of a charge right now: unlike its answer to a request, it is believed."""
    with transaction.atomic(durable=True):
        note_charge(
            attempt_id=attempt.pk,
            news=ChargeNews(
                state=_ENDS[known.state],
                gateway_ref=known.ref,
                amount_minor=known.amount,
                currency=known.currency,
                at=now,
                failure_code=known.decline_code or "",
                failure=known.message,
            ),
            now=now,
        )
