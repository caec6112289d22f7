"""Headquarters and partners: whom this merchant pays for, who pays for it, and its own section of their invoices."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing.selectors import use_of_merchant
from control.account.desk import account_context, store_of
from control.account.partners import read_family, section_of
from control.account.selectors import payer_of
from control.account.views_invoices import LINE_COLUMNS
from control.people.doors import staff_only
from kit import clock
from kit.tenancy import in_control
from kit.web.lists import Column, page_of

PARTNER_COLUMNS = [
    Column(gettext_lazy("合伙人")),
    Column(gettext_lazy("代付从"), align="num"),
    Column(gettext_lazy("代付到"), align="num"),
    Column(gettext_lazy("计费方式")),
    Column(gettext_lazy("待出账"), align="num"),
]
SECTION_COLUMNS = [
    Column(gettext_lazy("账单号")),
    Column(gettext_lazy("出账时间"), align="num"),
    Column(gettext_lazy("本店金额"), align="num"),
    Column(""),
]


@require_safe
@staff_only
def partners(request: HttpRequest) -> HttpResponse:
    """Show both sides of paying for one another."""
    store, now = store_of(request), clock.now()
    payer = payer_of(store)
    with in_control():
        own_cities = use_of_merchant(payer.merchant).get("cities", 0)
        shown = read_family(payer, now, own_cities=own_cities)
        rows = page_of(shown.sections, request.GET)
        rows.object_list = list(rows.object_list)
    context = account_context(
        request,
        "account:partners",
        shown=shown,
        rows=rows,
        currency=payer.currency,
        partner_columns=PARTNER_COLUMNS,
        section_columns=SECTION_COLUMNS,
        now=now,
    )
    return render(request, "account/partners.html", context)


@require_safe
@staff_only
def section(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Show this store's own lines of an invoice that its headquarters pays, to be read only."""
    with in_control():
        invoice, lines = section_of(payer_of(store_of(request)), invoice_id)
    context = account_context(
        request,
        "account:partners",
        invoice=invoice,
        lines=lines,
        total_minor=sum(line.gross_minor for line in lines),
        line_columns=LINE_COLUMNS,
        crumbs=[(_("代付与合伙人"), reverse("account:partners")), (invoice.number, "")],
    )
    return render(request, "account/section.html", context)
