"""What we learn about a charge, from whoever tells us, in any order and any number of times."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.models.collection import ATTEMPT_RANK, OPEN_ATTEMPTS, AttemptState, ChargeAttempt
from billing.models.invoices import Invoice
from billing.models.ledger import Book
from billing.services.lock_invoice import lock_invoice
from billing.services.note_dispute import post_disputes
from billing.services.note_no_money import note_no_money
from billing.services.note_refund import post_refunds
from billing.services.take_payment import take_payment
from kit.errors import Kind, Refused


class ForeignCharge(Refused):
    """A charge that carries our key and is another than the one the card company gave us. Nothing is marked paid."""

    code, kind, sentence = "foreign_charge", Kind.CONFLICT, _("这笔扣款不是我们发起的那一笔，已停下等待核对。")


_ENDS = (AttemptState.FAILED, AttemptState.CANCELLED, AttemptState.SUCCEEDED)


class AmountMismatch(Refused):
    """The card company speaks of another amount than we asked for. Nothing is marked paid; a person must look."""

    code, kind, sentence = "amount_mismatch", Kind.CONFLICT, _("支付公司报来的金额和账单不一致，已停下等待核对。")


@dataclass(frozen=True, slots=True)
class ChargeNews:
    """One report about a charge."""

    state: AttemptState
    gateway_ref: str
    amount_minor: int
    currency: str
    at: datetime
    failure_code: str = ""
    failure: str = ""


def note_charge(*, attempt_id: UUID, news: ChargeNews, now: datetime) -> ChargeAttempt:
    """Fold one report into an attempt and its invoice, in the caller's transaction.

    States only climb: late or repeated news of a lower rank changes nothing, so any order of any reports ends the
    same. Success posts the money once and pays the invoice; failure plans the next try.

    :raises AmountMismatch, ForeignCharge:
    """
    invoice_id = ChargeAttempt.objects.values_list("invoice_id", flat=True).get(pk=attempt_id)
    invoice = lock_invoice(invoice_id=invoice_id)
    attempt = ChargeAttempt.objects.select_for_update().get(pk=attempt_id)
    if (news.amount_minor, news.currency) != (attempt.amount_minor, attempt.currency):
        raise AmountMismatch(attempt=attempt.key, told=news.amount_minor)
    if attempt.gateway_ref and news.gateway_ref and news.gateway_ref != attempt.gateway_ref:
        raise ForeignCharge(attempt=attempt.key, told=news.gateway_ref)
    if ATTEMPT_RANK[news.state] <= ATTEMPT_RANK[AttemptState(attempt.state)]:
        return attempt
    attempt.state = news.state
    attempt.gateway_ref = attempt.gateway_ref or news.gateway_ref
    attempt.failure_code, attempt.failure = news.failure_code[:60], news.failure[:200]
    if news.state in _ENDS:
        attempt.settled_at, attempt.next_look_at = news.at, None
    attempt.save()
    if news.state == AttemptState.SUCCEEDED:
        _take_money(invoice, attempt, now)
    elif news.state in _ENDS and not invoice.attempts.filter(state__in=OPEN_ATTEMPTS).exists():
        note_no_money(invoice=invoice, now=now, failure_code=news.failure_code)
    return attempt


def _take_money(invoice: Invoice, attempt: ChargeAttempt, now: datetime) -> None:
    take_payment(
        invoice=invoice,
        amount_minor=attempt.amount_minor,
        into=Book.CLEARING_STRIPE,
        what="charge.captured",
        subject_id=attempt.pk,
        at=attempt.settled_at or now,
        now=now,
    )
    # News of what happened to this money may have come before the news of the money itself
    post_refunds(attempt=attempt)
    post_disputes(attempt=attempt, now=now)
