"""Making an invoice: numbered, taxed line by line, posted, final."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Sum

from billing.drafts import DraftLine, credit_line
from billing.models.agreements import BillingAccount
from billing.models.invoices import Invoice, InvoiceKind, InvoiceLine, InvoiceState, LineKind
from billing.models.ledger import Book, LedgerEntry
from billing.services.post_entries import post_entries
from billing.tax import Taxed, included_in
from kit.ids import new_id

OUR_ZONE = ZoneInfo("Asia/Shanghai")  # our own seat: the year in an invoice's number is ours
_NEXT_NUMBER = """
INSERT INTO billing_numbersequence (id, scope, last) VALUES (%s, %s, 1)
ON CONFLICT (scope) DO UPDATE SET last = billing_numbersequence.last + 1 RETURNING last
"""
_BOOK_OF = {
    LineKind.SUBSCRIPTION: Book.DEFERRED_REVENUE,
    LineKind.ADD_ON: Book.DEFERRED_REVENUE,
    LineKind.UNUSED: Book.DEFERRED_REVENUE,
    LineKind.DISCOUNT: Book.DISCOUNT,
    LineKind.FEE: Book.REVENUE_FEE,
    LineKind.REVERSAL: Book.REVENUE_FEE,
    LineKind.TO_CREDIT: Book.MERCHANT_CREDIT,
}


def issue_invoice(
    *,
    billing_account: BillingAccount,
    boundary: datetime,
    issued_at: datetime,
    drafts: Sequence[DraftLine],
    kind: InvoiceKind = InvoiceKind.PERIOD,
) -> Invoice:
    """Issue the invoice of one boundary between two months, or of one change, in the caller's transaction.

    A repeat returns the invoice that exists. What the lines sum to below zero goes to the account's credit; credit
    from before is used first. An invoice that owes nothing is paid at birth, and still has its number.
    """
    known = Invoice.objects.filter(billing_account=billing_account, kind=kind, period_starts_at=boundary).exclude(
        state=InvoiceState.VOID
    )
    if exists := known.first():
        return exists
    lines = list(drafts)
    if (sum_minor := sum(line.gross_minor for line in lines)) < 0:
        lines.append(credit_line(amount_minor=-sum_minor, boundary=boundary, billing_account=billing_account))
    taxed = [included_in(line.gross_minor, ppm=line.tax_ppm) for line in lines]
    total = sum(each.gross_minor for each in taxed)
    credited = min(total, credit_of(billing_account))
    discount = -sum(each.net_minor for line, each in zip(lines, taxed, strict=True) if line.kind == LineKind.DISCOUNT)
    invoice = Invoice.objects.create(
        billing_account=billing_account,
        kind=kind,
        number=_next_number(issued_at),
        currency=billing_account.currency,
        period_starts_at=boundary,
        issued_at=issued_at,
        subtotal_minor=sum(each.net_minor for each in taxed) + discount,
        discount_minor=discount,
        tax_minor=sum(each.tax_minor for each in taxed),
        total_minor=total,
        credited_minor=credited,
        due_minor=total - credited,
        state=InvoiceState.OPEN if total > credited else InvoiceState.PAID,
        paid_at=None if total > credited else issued_at,
        next_attempt_at=issued_at if total > credited else None,
    )
    _write_lines(invoice, lines, taxed)
    _post(invoice, lines, taxed)
    return invoice


def credit_of(billing_account: BillingAccount) -> int:
    """Say how much credit an account has, in minor units."""
    entries = LedgerEntry.objects.filter(
        ledger_account__billing_account=billing_account, ledger_account__book=Book.MERCHANT_CREDIT
    )
    return -int(entries.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _next_number(issued_at: datetime) -> str:
    # The row stays locked until commit: two invoices at once wait for each other, and a rollback gives its number back
    year = issued_at.astimezone(OUR_ZONE).year
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [new_id(), f"invoice:{year}"])
        (last,) = cursor.fetchone()
    return f"LL{year}-{last:06d}"


def _write_lines(invoice: Invoice, lines: Sequence[DraftLine], taxed: Sequence[Taxed]) -> None:
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            kind=line.kind,
            source=line.source,
            phase=line.phase,
            service_starts_at=line.service_starts_at,
            service_ends_at=line.service_ends_at,
            quantity=line.quantity,
            net_minor=amounts.net_minor,
            tax_ppm=line.tax_ppm,
            tax_minor=amounts.tax_minor,
            gross_minor=amounts.gross_minor,
            position=position,
        )
        for position, (line, amounts) in enumerate(zip(lines, taxed, strict=True))
    )


def _post(invoice: Invoice, lines: Sequence[DraftLine], taxed: Sequence[Taxed]) -> None:
    entries = dict.fromkeys(Book, 0)
    entries[Book.AR] = invoice.due_minor
    entries[Book.TAX_PAYABLE] = -invoice.tax_minor
    entries[Book.MERCHANT_CREDIT] = invoice.credited_minor
    for line, amounts in zip(lines, taxed, strict=True):
        entries[_BOOK_OF[line.kind]] -= amounts.net_minor
    post_entries(
        what="invoice.issued",
        subject_id=invoice.pk,
        billing_account=invoice.billing_account,
        currency=invoice.currency,
        at=invoice.issued_at,
        entries=entries,
    )
