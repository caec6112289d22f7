"""What we learn about a charge, from whoever tells us, in any order and any number of times."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.models.collection import ATTEMPT_RANK, AttemptState, ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.services.judge_subscription import judge_subscription
from billing.services.lock_invoice import lock_invoice
from billing.services.note_no_money import note_no_money
from billing.services.post_entries import post_entries
from control.audit.services import record_act
from kit.errors import Kind, Refused

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

    :raises AmountMismatch:
    """
    invoice_id = ChargeAttempt.objects.values_list("invoice_id", flat=True).get(pk=attempt_id)
    invoice = lock_invoice(invoice_id=invoice_id)
    attempt = ChargeAttempt.objects.select_for_update().get(pk=attempt_id)
    if (news.amount_minor, news.currency) != (attempt.amount_minor, attempt.currency):
        raise AmountMismatch(attempt=attempt.key, told=news.amount_minor)
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
    elif news.state in _ENDS:
        note_no_money(invoice=invoice, now=now, failure_code=news.failure_code)
    return attempt


def _take_money(invoice: Invoice, attempt: ChargeAttempt, now: datetime) -> None:
    post_entries(
        what="charge.captured",
        subject_id=attempt.pk,
        billing_account=invoice.billing_account,
        currency=attempt.currency,
        at=attempt.settled_at or now,
        entries={Book.CLEARING_STRIPE: attempt.amount_minor, Book.AR: -attempt.amount_minor},
    )
    invoice.paid_minor += attempt.amount_minor
    invoice.due_minor -= attempt.amount_minor
    invoice.next_attempt_at = None
    if invoice.due_minor == 0:
        invoice.state, invoice.paid_at, invoice.overdue_since = InvoiceState.PAID, attempt.settled_at, None
    invoice.save(update_fields=["paid_minor", "due_minor", "next_attempt_at", "state", "paid_at", "overdue_since"])
    record_act(
        what="invoice.paid",
        actor="billing",
        now=now,
        merchant_id=invoice.billing_account.merchant_id,
        number=invoice.number,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
    )
    judge_subscription(billing_account=invoice.billing_account, now=now, reason=f"{invoice.number} paid")
