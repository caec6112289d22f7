"""Giving card money back: the transport under credit notes. It never gives back more than was taken."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.credits import CreditNote
from billing.models.reversals import OPEN_REFUNDS, CardRefund, Dispute, DisputeState, RefundState
from billing.services.lock_invoice import lock_invoice
from billing.services.look_after_charges import PAUSES
from billing.services.note_refund import RefundNews, note_refund
from kit.errors import Kind, Refused
from kit.gateway.cards import OUR_KEY
from kit.gateway.client import GatewayMisuse, GatewayRefused, GatewayUnknown
from kit.gateway.refunds import RefundResult, read_refund, refund
from kit.gateway.refunds import RefundState as ToldState

log = structlog.get_logger(__name__)
FIRST_LOOK = timedelta(seconds=30)
# An open dispute holds the money: giving it back as well would pay twice
_HOLDS = (DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW, DisputeState.LOST)
_NEWS = {
    ToldState.PENDING: RefundState.PROCESSING,
    ToldState.SUCCEEDED: RefundState.SUCCEEDED,
    ToldState.FAILED: RefundState.FAILED,
}


class NothingCaptured(Refused):
    """The charge brought no money, so none can go back."""

    code, kind, sentence = "nothing_captured", Kind.CONFLICT, _("这笔扣款没有成功，没有钱可退。")


class RefundTooLarge(Refused):
    """More than is left of the charge. Fact: ``left_minor``."""

    code, kind, sentence = "refund_too_large", Kind.INVALID, _("退款金额超过了这笔扣款可退的金额。")


class RefundKeyReused(Refused):
    """The key was used for another refund."""

    code, kind, sentence = "refund_key_reused", Kind.CONFLICT, _("这次退款已经用别的金额提交过，请刷新后重试。")


def refund_card_payment(*, attempt_id: UUID, amount_minor: int, reason: str, key: str, now: datetime) -> CardRefund:
    """Give back part or all of a captured charge to its card, once for each ``key``; return the refund as it stands.

    The row is committed before the card company is asked; an answer that never came leaves it ``unknown``, and the
    janitor or the webhook settles it. When it has succeeded, ``refund_payable`` is debited: whoever calls owes it
    there first (a credit note does). A refusal ends as ``failed``, with the code.

    :raises NothingCaptured, RefundTooLarge, RefundKeyReused: nothing was asked.
    """
    made = _begin(attempt_id, amount_minor, reason, key, now)
    if made.state == RefundState.CREATED:
        ask_refund(made=made, now=now)
    return made


def ask_refund(*, made: CardRefund, now: datetime) -> CardRefund:
    """Ask the card company for a refund that is written down, outside any transaction; safe to repeat."""
    _ask(made, now)
    made.refresh_from_db()
    return made


def left_to_refund(attempt: ChargeAttempt) -> int:
    """Say how much of a charge may still go back: captured less refunds that have not failed, less what is disputed."""
    if attempt.state != AttemptState.SUCCEEDED:
        return 0
    back = attempt.refunds.exclude(state=RefundState.FAILED).aggregate(total=Sum("amount_minor"))["total"] or 0
    held = Dispute.objects.filter(attempt=attempt, state__in=_HOLDS).aggregate(total=Sum("amount_minor"))["total"] or 0
    return max(0, attempt.amount_minor - back - held)


def _begin(attempt_id: UUID, amount_minor: int, reason: str, key: str, now: datetime) -> CardRefund:
    with transaction.atomic(durable=True):
        attempt = locked_attempt(attempt_id)
        known = CardRefund.objects.filter(key=key).first()
        if known is not None:
            if (known.attempt_id, known.amount_minor) != (attempt.pk, amount_minor):
                raise RefundKeyReused
            return known
        if attempt.state != AttemptState.SUCCEEDED:
            raise NothingCaptured
        left = left_to_refund(attempt)
        if not 0 < amount_minor <= left:
            raise RefundTooLarge(left_minor=left)
        return write_refund(attempt=attempt, amount_minor=amount_minor, reason=reason, key=key, now=now)


def write_refund(
    *,
    attempt: ChargeAttempt,
    amount_minor: int,
    reason: str,
    key: str,
    now: datetime,
    credit_note: CreditNote | None = None,
    number: int = 1,
) -> CardRefund:
    """Write down a refund that will be asked for, in the caller's transaction, which holds the invoice."""
    return CardRefund.objects.create(
        credit_note=credit_note,
        number=number,
        attempt=attempt,
        key=key,
        amount_minor=amount_minor,
        currency=attempt.currency,
        reason=reason[:200],
        created_at=now,
        next_look_at=now + FIRST_LOOK,
    )


def locked_attempt(attempt_id: UUID) -> ChargeAttempt:
    """Hold a charge, after its wallet and its invoice, in the caller's transaction."""
    lock_invoice(invoice_id=ChargeAttempt.objects.values_list("invoice_id", flat=True).get(pk=attempt_id))
    return ChargeAttempt.objects.select_for_update(of=("self",)).get(pk=attempt_id)


def _ask(made: CardRefund, now: datetime) -> None:
    try:
        answer = refund(
            charge_ref=made.attempt.gateway_ref or "",
            amount=made.amount_minor,
            reason="requested_by_customer",
            metadata={OUR_KEY: made.key},
            key=f"refund:{made.key}",
        )
    except GatewayRefused as no:
        _note(made, RefundState.FAILED, made.gateway_ref or "", now, str(no.facts.get("decline_code") or no))
    except (GatewayUnknown, GatewayMisuse) as silence:
        log.warning("refund_unknown", refund=made.key, error=str(silence), exc_info=True)
        CardRefund.objects.filter(pk=made.pk, state=RefundState.CREATED).update(state=RefundState.UNKNOWN)
    else:
        _note_answer(made, answer, now)


def _note_answer(made: CardRefund, answer: RefundResult, now: datetime) -> None:
    _note(made, _NEWS[answer.state], answer.ref, now, "")


def _note(made: CardRefund, state: RefundState, ref: str, now: datetime, failure: str) -> None:
    with transaction.atomic(durable=True):
        note_refund(
            attempt=made.attempt,
            news=RefundNews(
                state=state,
                gateway_ref=ref,
                key=made.key,
                amount_minor=made.amount_minor,
                currency=made.currency,
                at=now,
                failure=failure,
            ),
            now=now,
        )


def look_after_refunds(*, now: datetime) -> int:
    """Ask about every refund whose end is not known, ever more seldom; return how many were asked about.

    One the card company may not know is asked for again with its own key, which it does at most once.
    """
    looked = 0
    due = CardRefund.objects.filter(state__in=OPEN_REFUNDS, next_look_at__lte=now).order_by("next_look_at", "id")
    for made in due.select_related("attempt__invoice__billing_account"):
        pause = PAUSES[min(made.looks, len(PAUSES) - 1)]
        claimed = CardRefund.objects.filter(pk=made.pk, next_look_at=made.next_look_at)
        if not claimed.update(next_look_at=now + pause, looks=made.looks + 1):
            continue
        looked += 1
        if made.gateway_ref is None:
            _ask(made, now)
            continue
        try:
            _note_answer(made, read_refund(ref=made.gateway_ref), now)
        except (GatewayUnknown, GatewayMisuse) as silence:
            log.warning("refund_still_unknown", refund=made.key, error=str(silence))
    return looked
