"""Proving where card and bank money is, payer by payer.

B3 clearing is what was captured and topped up less refunds, disputes, fees and payouts; an invoice is paid by what was
posted for it or came out of the wallet ·
C1 no charge gave back more than it took · C2 disputed money lies in its account until it is won or lost ·
C3 a charge that succeeded is in the books, one that did not is not · C4 the bank got the payouts and the transfers
that were accepted, nothing else · C5 a parked account and an open difference wait for a person.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from billing.models.collection import AttemptState, ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book, LedgerEntry, LedgerTransaction
from billing.models.parking import ParkedAccount
from billing.models.reconciling import Difference, DifferenceState, GatewayMovement, PayoutShare
from billing.models.reversals import (
    CardRefund,
    Dispute,
    DisputeState,
    RefundState,
    TopUpReversal,
    TopUpReversalKind,
    TopUpReversalState,
)
from billing.models.transfers import BankTransfer, TransferMatch, TransferState
from billing.models.wallet import TopUp, TopUpMethod, TopUpState, WalletUse
from kit.books import Finding

_CAPTURED = Q(state=AttemptState.SUCCEEDED)


def check_cash() -> list[Finding]:
    """Check every invariant of card and bank money; runs in the control plane."""
    return [
        *_clearing(),
        *_paid_invoices(),
        *_refunds(),
        *_disputes(),
        *_captures(),
        *_bank(),
        *_waiting(),
    ]


def _clearing() -> Iterator[Finding]:
    expected: Counter[UUID] = Counter()
    _add(expected, ChargeAttempt.objects.filter(_CAPTURED), "invoice__billing_account", F("amount_minor"), 1)
    topped_up = TopUp.objects.filter(state=TopUpState.SETTLED)
    _add(expected, topped_up.filter(method=TopUpMethod.CARD), "wallet__billing_account", F("amount_minor"), 1)
    refunded = CardRefund.objects.filter(state=RefundState.SUCCEEDED, attempt__state=AttemptState.SUCCEEDED)
    _add(expected, refunded, "attempt__invoice__billing_account", F("amount_minor"), -1)
    withdrawn = Dispute.objects.filter(withdrawn_minor__gt=0, attempt__state=AttemptState.SUCCEEDED)
    cost = F("withdrawn_minor") + F("fee_minor") - F("returned_minor") - F("fee_returned_minor")
    _add(expected, withdrawn, "attempt__invoice__billing_account", cost, -1)
    _add(expected, TopUpReversal.objects.all(), "top_up__wallet__billing_account", cost, -1)
    charged = GatewayMovement.objects.filter(category="charge", billing_account__isnull=False)
    _add(expected, charged, "billing_account", F("fee_minor"), -1)
    _add(expected, PayoutShare.objects.all(), "billing_account", F("amount_minor"), -1)
    yield from _compare("B3", Book.CLEARING_STRIPE, expected, "clearing")


def _add(into: Counter[UUID], rows: QuerySet[Any], account: str, amount: Any, sign: int) -> None:
    for key, total in rows.order_by().values_list(account).annotate(total=Sum(amount)):
        into[key] += sign * (total or 0)


def _compare(invariant: str, book: Book, expected: Counter[UUID], name: str) -> Iterator[Finding]:
    entries = LedgerEntry.objects.filter(ledger_account__book=book)
    booked = dict(entries.values_list("ledger_account__billing_account").annotate(total=Sum("amount_minor")))
    for account in booked.keys() | expected.keys():
        if booked.get(account, 0) != expected[account]:
            sentence = f"{name} {booked.get(account, 0)}, should be {expected[account]}"
            yield Finding(invariant, "", str(account), sentence)


def _paid_invoices() -> Iterator[Finding]:
    entries = LedgerEntry.objects.filter(
        transaction__what__in=["charge.captured", "transfer.matched"],
        ledger_account__book__in=[Book.AR, Book.BAD_DEBT],
    )
    posted = dict(entries.values_list("transaction__subject_id").annotate(total=Sum("amount_minor")))
    invoice_of = {
        **dict(ChargeAttempt.objects.filter(pk__in=posted).values_list("pk", "invoice")),
        **dict(TransferMatch.objects.filter(pk__in=posted).values_list("pk", "invoice")),
    }
    paid: Counter[UUID] = Counter()
    for subject, total in posted.items():
        if subject in invoice_of:
            paid[invoice_of[subject]] -= total
    living = WalletUse.objects.exclude(invoice__state=InvoiceState.VOID)  # a voided one's money is in its lots again
    for used, total in living.values_list("invoice").annotate(total=Sum("amount_minor")):
        paid[used] += total
    for invoice in Invoice.objects.filter(Q(paid_minor__gt=0) | Q(pk__in=paid)):
        if paid[invoice.pk] != invoice.paid_minor:
            yield Finding("B3", "", invoice.number, f"paid {invoice.paid_minor}, posted {paid[invoice.pk]}")


def _refunds() -> Iterator[Finding]:
    given_back = Sum("refunds__amount_minor", filter=~Q(refunds__state=RefundState.FAILED))
    for attempt in ChargeAttempt.objects.annotate(back=given_back).filter(back__gt=F("amount_minor")):
        yield Finding("C1", "", attempt.key, f"took {attempt.amount_minor}, gave back {attempt.back}")


def _disputes() -> Iterator[Finding]:
    held: Counter[UUID] = Counter()
    open_ones = Dispute.objects.filter(attempt__state=AttemptState.SUCCEEDED).exclude(state=DisputeState.LOST)
    _add(held, open_ones, "attempt__invoice__billing_account", F("withdrawn_minor") - F("returned_minor"), 1)
    top_ups = TopUpReversal.objects.filter(kind=TopUpReversalKind.DISPUTE)
    owed = F("withdrawn_minor") - F("from_lot_minor") - (F("returned_minor") - F("to_lot_minor"))
    _add(held, top_ups.exclude(state=TopUpReversalState.GONE), "top_up__wallet__billing_account", owed, 1)
    yield from _compare("C2", Book.DISPUTE_RECEIVABLE, held, "disputed")
    fees: Counter[UUID] = Counter()
    all_of_them = Dispute.objects.filter(attempt__state=AttemptState.SUCCEEDED, withdrawn_minor__gt=0)
    _add(fees, all_of_them, "attempt__invoice__billing_account", F("fee_minor") - F("fee_returned_minor"), 1)
    _add(fees, top_ups, "top_up__wallet__billing_account", F("fee_minor") - F("fee_returned_minor"), 1)
    yield from _compare("C2", Book.DISPUTE_FEE, fees, "dispute fees")


def _captures() -> Iterator[Finding]:
    booked = set(LedgerTransaction.objects.filter(what="charge.captured").values_list("subject_id", flat=True))
    taken = dict(ChargeAttempt.objects.filter(_CAPTURED).values_list("pk", "key"))
    for attempt_id in booked ^ taken.keys():
        known = taken.get(attempt_id)
        yield Finding("C3", "", known or str(attempt_id), "captured, not booked" if known else "booked, not captured")


def _bank() -> Iterator[Finding]:
    expected: Counter[UUID] = Counter()
    _add(expected, PayoutShare.objects.all(), "billing_account", F("amount_minor"), 1)
    accepted = BankTransfer.objects.filter(state=TransferState.ACCEPTED)
    _add(expected, accepted, "billing_account", F("amount_minor"), 1)
    topped_up = TopUp.objects.filter(state=TopUpState.SETTLED, method=TopUpMethod.BANK)
    _add(expected, topped_up, "wallet__billing_account", F("amount_minor"), 1)
    yield from _compare("C4", Book.BANK, expected, "bank")


def _waiting() -> Iterator[Finding]:
    for parked in ParkedAccount.objects.filter(released_at=None):
        yield Finding("C5", "", str(parked.billing_account_id), f"parked: {parked.cause}")
    for row in Difference.objects.filter(state=DifferenceState.OPEN):
        yield Finding("C5", "", row.subject, f"reconciliation: {row.kind}")
