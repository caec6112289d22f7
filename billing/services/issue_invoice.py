"""Making an invoice: numbered, discounted, taxed line by line, posted, final; the wallet pays what it can."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from billing.calendar import local_day, midnight
from billing.drafts import DraftLine, credit_line
from billing.line_discounts import Discount, discount_lines
from billing.models.agreements import BillingAccount
from billing.models.invoices import OFF, Invoice, InvoiceKind, InvoiceLine, InvoiceState, LineKind
from billing.models.ledger import Book
from billing.services.park_account import NoPayer, TooManyLines
from billing.services.post_entries import post_entries
from billing.services.spend_wallet import locked_wallet, plan_spending, spend_wallet
from billing.services.take_number import take_number
from billing.services.watch_balance import watch_balance
from billing.tax import Taxed

MOST_LINES_A_DAY = 15  # a loop that runs away is stopped here; no honest day has as many
BOOK_OF = {
    LineKind.SUBSCRIPTION: Book.DEFERRED_REVENUE,
    LineKind.ADD_ON: Book.DEFERRED_REVENUE,
    LineKind.UNUSED: Book.DEFERRED_REVENUE,
    LineKind.DISCOUNT: Book.DISCOUNT,
    LineKind.FEE: Book.REVENUE_FEE,
    LineKind.REVERSAL: Book.REVENUE_FEE,
    LineKind.NOT_CHARGED: Book.DISCOUNT,
    LineKind.TO_CREDIT: Book.MERCHANT_CREDIT,
}


def issue_invoice(
    *,
    billing_account: BillingAccount,
    boundary: datetime,
    issued_at: datetime,
    drafts: Sequence[DraftLine],
    kind: InvoiceKind = InvoiceKind.PERIOD,
    discounts: Sequence[Discount] = (),
) -> Invoice:
    """Issue the invoice of one boundary between two months, or of one change, in the caller's transaction.

    A repeat returns the invoice that exists. What the lines sum to below zero goes to the account's credit. Money
    given, credit from before and money paid in are used, in this order, before a card is asked. An invoice that owes
    nothing is paid at birth, and still has its number.

    :raises NoPayer, TooManyLines: nothing is written; by the clock, the account is parked.
    """
    known = Invoice.objects.filter(billing_account=billing_account, kind=kind, period_starts_at=boundary).exclude(
        state=InvoiceState.VOID
    )
    if exists := known.first():
        return exists
    lines = discount_lines(drafts, discounts)
    _refuse_illegal(billing_account, issued_at, lines)
    if (sum_minor := sum(line.payable_minor for line in lines)) < 0:
        lines.append(credit_line(amount_minor=-sum_minor, boundary=boundary, billing_account=billing_account))
    taxed = [line.taxed() for line in lines]
    total = sum(each.gross_minor for each in taxed)
    # off a line (taken before its tax), or a line of its own (a coupon's, or what a reversal does not give back of one)
    off = sum(
        line.discount_minor - (each.net_minor if line.kind in OFF else 0)
        for line, each in zip(lines, taxed, strict=True)
    )
    wallet = locked_wallet(billing_account=billing_account)
    spending = plan_spending(wallet=wallet, amount_minor=total, at=issued_at)
    due = total - spending.credit_minor - spending.wallet_minor
    invoice = Invoice.objects.create(
        billing_account=billing_account,
        kind=kind,
        number=take_number(series="invoice", prefix="LL", at=issued_at),
        currency=billing_account.currency,
        period_starts_at=boundary,
        issued_at=issued_at,
        subtotal_minor=sum(each.net_minor for each in taxed) + off,
        discount_minor=off,
        tax_minor=sum(each.tax_minor for each in taxed),
        total_minor=total,
        paid_minor=spending.wallet_minor,
        credited_minor=spending.credit_minor,
        due_minor=due,
        state=InvoiceState.OPEN if due else InvoiceState.PAID,
        paid_at=None if due else issued_at,
        next_attempt_at=issued_at if due else None,
    )
    _write_lines(invoice, lines, taxed)
    _post(invoice, lines, taxed)
    spend_wallet(spending=spending, invoice=invoice, at=issued_at)
    if spending.wallet_minor:
        watch_balance(wallet=wallet, now=issued_at)
    return invoice


def _refuse_illegal(billing_account: BillingAccount, issued_at: datetime, adding: Sequence[DraftLine]) -> None:
    if not billing_account.legal_name.strip() or not billing_account.email.strip():
        raise NoPayer
    day = local_day(issued_at, billing_account.zone)
    until = midnight(day + timedelta(days=1), billing_account.zone)
    written = InvoiceLine.objects.filter(
        invoice__billing_account=billing_account,
        invoice__issued_at__gte=midnight(day, billing_account.zone),
        invoice__issued_at__lt=until,
    ).values_list("section_id", flat=True)
    sections = [*written, *(line.section_id for line in adding)]
    most = MOST_LINES_A_DAY * len({None, *sections})  # each store that is paid for has its own measure
    if len(sections) > most:
        raise TooManyLines(lines=len(sections), most=most)


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
            discount_minor=line.discount_minor,
            tax_inclusive=line.tax_inclusive,
            position=position,
            section_id=line.section_id,
        )
        for position, (line, amounts) in enumerate(zip(lines, taxed, strict=True))
    )


def _post(invoice: Invoice, lines: Sequence[DraftLine], taxed: Sequence[Taxed]) -> None:
    entries = dict.fromkeys(Book, 0)
    entries[Book.AR] = invoice.total_minor - invoice.credited_minor
    entries[Book.DISCOUNT] = sum(line.discount_minor for line in lines)
    entries[Book.TAX_PAYABLE] = -invoice.tax_minor
    entries[Book.MERCHANT_CREDIT] = invoice.credited_minor
    for line, amounts in zip(lines, taxed, strict=True):
        entries[BOOK_OF[line.kind]] -= amounts.net_minor + line.discount_minor
    post_entries(
        what="invoice.issued",
        subject_id=invoice.pk,
        billing_account=invoice.billing_account,
        currency=invoice.currency,
        at=invoice.issued_at,
        entries=entries,
    )
