"""The one moment in which a card is charged."""

from datetime import datetime

import structlog
from django.db import transaction

from billing.models.agreements import BillingAccount
from billing.models.collection import AttemptState, ChargeAttempt
from billing.services.note_charge import ChargeNews, note_charge
from kit.gateway.cards import ChargeResult, ChargeState, charge_saved_card
from kit.gateway.client import GatewayMisuse, GatewayUnknown

log = structlog.get_logger(__name__)


def ask_card(*, attempt: ChargeAttempt, now: datetime, return_url: str | None = None) -> ChargeResult | None:
    """Ask the card company to charge an attempt, with its own key, outside any transaction. Safe to repeat.

    Return its answer, or None when there was none to trust. With ``return_url`` its owner is present.
    """
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
            return_url=return_url,
        )
    except (GatewayUnknown, GatewayMisuse) as silence:
        # Misuse is our own bug, but a charge may stand behind it all the same: it is never called a failure
        log.warning("charge_unknown", attempt=attempt.key, error=str(silence), exc_info=True)
        asked = ChargeAttempt.objects.filter(pk=attempt.pk, state__in=[AttemptState.CREATED, AttemptState.PROCESSING])
        asked.update(state=AttemptState.UNKNOWN)
        return None
    with transaction.atomic(durable=True):
        note_charge(
            attempt_id=attempt.pk, news=news_of_answer(answer, now, is_owner_present=return_url is not None), now=now
        )
    return answer


def news_of_answer(answer: ChargeResult, now: datetime, *, is_owner_present: bool) -> ChargeNews:
    """Read an answer to a request: a yes is only "under way"; a bank's question fails when nobody is there."""
    states = {
        ChargeState.SUCCEEDED: AttemptState.PROCESSING,
        ChargeState.PROCESSING: AttemptState.PROCESSING,
        ChargeState.REQUIRES_ACTION: AttemptState.REQUIRES_ACTION if is_owner_present else AttemptState.FAILED,
        ChargeState.FAILED: AttemptState.FAILED,
    }
    return ChargeNews(
        state=states[answer.state],
        gateway_ref=answer.ref,
        amount_minor=answer.amount,
        currency=answer.currency,
        at=now,
        failure_code=answer.decline_code or "",
        failure=answer.message,
    )
