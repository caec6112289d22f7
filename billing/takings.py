"""What was given back of prepaid lines: by credit notes, and by invoices that were undone."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from billing.calendar import local_day
from billing.models.credits import CreditNoteLine, CreditNoteState
from billing.models.invoices import InvoiceLine, LineKind
from billing.models.ledger import Book, LedgerTransaction
from billing.recognition import Taking

PREPAID = (LineKind.SUBSCRIPTION, LineKind.ADD_ON, LineKind.UNUSED)
_ISSUED = (CreditNoteState.ISSUED, CreditNoteState.APPLIED, CreditNoteState.REFUNDED)
_UNDONE = ("invoice.voided", "invoice.credited")
_ADD_ONS = (":add-on:", ":unused:", "cities:")


def prepaid_lines() -> QuerySet[InvoiceLine]:
    """Query the lines that are paid ahead: their net amount waits in deferred revenue."""
    return InvoiceLine.objects.filter(kind__in=PREPAID)


def deferred_of(line: InvoiceLine) -> int:
    """Say what a line put into deferred revenue: before its discount, which stands in a book of its own."""
    return line.net_minor + line.discount_minor


def book_of(line: InvoiceLine) -> Book:
    """Say whether a line earns as a plan or as an add-on, also when it gives back."""
    is_add_on = line.kind == LineKind.ADD_ON or (
        line.kind == LineKind.UNUSED and any(mark in line.source for mark in _ADD_ONS)
    )
    return Book.REVENUE_ADD_ON if is_add_on else Book.REVENUE_SUBSCRIPTION


def takings_of(lines: Iterable[InvoiceLine]) -> dict[UUID, list[Taking]]:
    """List what was given back of each line, by the payer's local day; lines carry invoice and billing account."""
    known = {line.pk: line for line in lines}
    takings: dict[UUID, list[Taking]] = defaultdict(list)
    credits = CreditNoteLine.objects.filter(invoice_line__in=known, credit_note__state__in=_ISSUED)
    for credit in credits.select_related("credit_note").order_by("credit_note__issued_at", "id"):
        line, issued_at = known[credit.invoice_line_id], credit.credit_note.issued_at
        assert issued_at is not None, "an issued note has its hour"
        takings[line.pk].append(Taking(local_day(issued_at, line.invoice.billing_account.zone), credit.net_minor))
    invoices = {line.invoice_id for line in known.values()}
    undone = LedgerTransaction.objects.filter(what__in=_UNDONE, subject_id__in=invoices)
    undone_at = dict(undone.values_list("subject_id", "at"))
    for line in known.values():
        if line.invoice_id in undone_at:
            rest = deferred_of(line) - sum(each.amount_minor for each in takings[line.pk])
            day = local_day(undone_at[line.invoice_id], line.invoice.billing_account.zone)
            takings[line.pk].append(Taking(day, rest))
    return takings
