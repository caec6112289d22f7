"""Papers: invoices, credit notes and statements as PDF, and every line as a file."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.models.agreements import BillingAccount
from billing.models.credits import CreditNote
from billing.models.prepay import PrepayRefund
from billing.papers import LANGUAGES, credit_note_paper, invoice_paper, statement_paper
from billing.refund_papers import prepay_refund_paper
from billing.statements import Statement, statement_months, statement_of
from control.account.desk import account_context, store_of
from control.account.fees import month_named
from control.account.selectors import InvoiceMissing, invoice_of, payer_of
from control.account.sheets import line_head, line_rows
from control.people.doors import staff_only
from kit import clock
from kit.tenancy import in_control
from kit.web.downloads import csv_download, xlsx_download
from kit.web.lists import Column

COLUMNS = [
    Column(gettext_lazy("时间"), align="num"),
    Column(gettext_lazy("事项")),
    Column(gettext_lazy("应付变动"), align="num"),
    Column(gettext_lazy("账户余额变动"), align="num"),
    Column(gettext_lazy("钱包变动"), align="num"),
]


@require_safe
@staff_only
def invoice(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Hand out an invoice as PDF."""
    with in_control():
        shown = invoice_of(store_of(request), invoice_id)
        shown.billing_account = payer_of(store_of(request))
        printed = invoice_paper(invoice=shown, language=_language(request))
    return _pdf(printed, shown.number)


@require_safe
@staff_only
def credit_note(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """Hand out an issued credit note as PDF. :raises InvoiceMissing: none, a draft, or another merchant's."""
    with in_control():
        notes = CreditNote.objects.filter(invoice__billing_account__merchant_id=store_of(request).merchant_id)
        issued = notes.exclude(number=None).select_related("invoice__billing_account__merchant")
        note = issued.prefetch_related("lines__invoice_line__phase__price__edition").filter(pk=credit_note_id).first()
        if note is None:
            raise InvoiceMissing
        printed = credit_note_paper(note=note, language=_language(request))
    return _pdf(printed, str(note.number))


@require_safe
@staff_only
def statements(request: HttpRequest) -> HttpResponse:
    """Show a month's statement, with every month to choose from."""
    now = clock.now()
    payer, statement = _statement(request, now)
    context = account_context(
        request,
        "account:statements",
        payer=payer,
        currency=payer.currency,
        statement=statement,
        closing=statement.closing,
        month=f"{statement.period.starts_on:%Y-%m}",
        months=[f"{month:%Y-%m}" for month in statement_months(billing_account=payer, now=now)],
        columns=COLUMNS,
    )
    return render(request, "account/statements.html", context)


@require_safe
@staff_only
def statement(request: HttpRequest) -> HttpResponse:
    """Hand out a month's statement as PDF."""
    now = clock.now()
    payer, shown = _statement(request, now)
    printed = statement_paper(billing_account=payer, statement=shown, language=_language(request), now=now)
    return _pdf(printed, f"statement-{shown.period.starts_on:%Y-%m}")


@require_safe
@staff_only
def prepay_refund(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Hand out the paper of prepaid money that went back. :raises InvoiceMissing:"""
    payer = payer_of(store_of(request))
    with in_control():
        refunds = PrepayRefund.objects.select_related("charge__top_up__wallet__billing_account__merchant")
        own = refunds.filter(charge__top_up__wallet__billing_account=payer, number__isnull=False)
        refund = own.filter(pk=refund_id).first()
    if refund is None:
        raise InvoiceMissing
    return _pdf(prepay_refund_paper(refund=refund, language=_language(request)), str(refund.number))


@require_safe
@staff_only
def lines(request: HttpRequest) -> HttpResponse:
    """Hand out every line of every invoice as a file."""
    rows = line_rows(store_of(request))
    if request.GET.get("format") == "xlsx":
        return xlsx_download(name="invoice-lines", sheet=_("账单明细"), head=line_head(), rows=rows)
    return csv_download(name="invoice-lines", head=line_head(), rows=rows)


def _statement(request: HttpRequest, now: datetime) -> tuple[BillingAccount, Statement]:
    payer = payer_of(store_of(request))
    months = statement_months(billing_account=payer, now=now)
    asked = month_named(request.GET.get("month", ""))
    month = asked.starts_on if asked and asked.starts_on in months else months[0]
    with in_control():
        return payer, statement_of(billing_account=payer, month=month)


def _language(request: HttpRequest) -> str:
    usual = "en" if get_language() == "en" else "zh"
    asked = request.GET.get("lang", usual)
    return asked if asked in LANGUAGES else usual


def _pdf(printed: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(printed, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer
