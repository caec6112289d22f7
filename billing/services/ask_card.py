"""The one moment in which a card is charged."""

from datetime import datetime

import structlog
from django.db import transaction

from billing.models.agreements import BillingAccount
from billing.models.collection import OPEN_ATTEMPTS, AttemptState, ChargeAttempt
from billing.services.note_charge import ChargeNews, note_charge
from kit.gateway.cards import ChargeResult, ChargeState, charge_saved_card
from kit.gateway.client import GatewayMisuse, GatewayUnknown

log = structlog.get_logger(__name__)


def ask_card(*, attempt: ChargeAttempt, now: datetime) -> None:
    """Ask the card company to charge an attempt, with its own key, outside any transaction. Safe to repeat."""
    payer: BillingAccount = attempt.invoice.billing_account
    try:
        answer = charge_saved_card(
            customer_ref=payer.gateway_ref or "",
            payment_method_ref=attempt.card.gateway_ref,
            amount=attempt.amount_minor,
            currency=attempt.currency,
            description=f"Linli {attempt.invoice.number}",
            metadata={"invoice": attempt.invoice.number},
            key=attempt.key,
        )
    except (GatewayUnknown, GatewayMisuse) as silence:
        # Misuse is our own bug, but a charge may stand behind it all the same: it is never called a failure
        log.warning("charge_unknown", attempt=attempt.key, error=str(silence), exc_info=True)
        ChargeAttempt.objects.filter(pk=attempt.pk, state__in=OPEN_ATTEMPTS).update(state=AttemptState.UNKNOWN)
        return
    _note_answer(attempt, answer, now)


def _note_answer(attempt: ChargeAttempt, answer: ChargeResult, now: datetime) -> None:
    said_yes = answer.state in (ChargeState.SUCCEEDED, ChargeState.PROCESSING)
    with transaction.atomic(durable=True):
        note_charge(
            attempt_id=attempt.pk,
            news=ChargeNews(
                state=AttemptState.PROCESSING if said_yes else AttemptState.FAILED,
                gateway_ref=answer.ref,
                amount_minor=answer.amount,
                currency=answer.currency,
                at=now,
                failure_code=answer.decline_code or "",
                failure=answer.message,
            ),
            now=now,
        )
