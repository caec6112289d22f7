"""Invoices and the charges behind them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing.models.collection import AttemptState
from billing.models.invoices import InvoiceState
from control.console import selectors
from control.console.desk import console_context
from control.console.forms import SearchForm
from control.people.doors import operator_only
from kit.web.lists import Column, page_of, state_tabs

INVOICE_COLUMNS = [
    Column(gettext_lazy("账单号")),
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("出账时间"), align="num"),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("待收"), align="num"),
    Column(gettext_lazy("下次扣款"), align="num"),
    Column(gettext_lazy("状态")),
]
LINE_COLUMNS = [
    Column(gettext_lazy("项目")),
    Column(gettext_lazy("服务期"), align="num"),
    Column(gettext_lazy("不含税"), align="num"),
    Column(gettext_lazy("税额"), align="num"),
    Column(gettext_lazy("金额"), align="num"),
]
CHARGE_COLUMNS = [
    Column(gettext_lazy("账单号")),
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("银行卡")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("结果")),
    Column(gettext_lazy("发起时间"), align="num"),
]
INVOICE_STATES = [
    ("", gettext_lazy("全部")),
    ("overdue", gettext_lazy("已逾期")),
    *((state.value, state.label) for state in InvoiceState),
]
CHARGE_STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in AttemptState)]


@require_safe
@operator_only
def invoices(request: HttpRequest) -> HttpResponse:
    """List all invoices."""
    filters = SearchForm(request.GET, says=_("账单号、店名或付款方"))
    query, state = filters.query, request.GET.get("state", "")
    context = console_context(
        request,
        rows=page_of(selectors.invoices_like(query=query, state=state), request.GET),
        columns=INVOICE_COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(request.GET, states=INVOICE_STATES, counts=selectors.count_invoices(query=query)),
    )
    return render(request, "console/invoices.html", context)


@require_safe
@operator_only
def invoice(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Show one invoice with its lines and every try to charge it."""
    shown = selectors.invoice_with_id(invoice_id)
    context = console_context(
        request,
        invoice=shown,
        merchant=shown.billing_account.merchant,
        lines=list(shown.lines.all()),
        line_columns=LINE_COLUMNS,
        notes=sorted(shown.credit_notes.all(), key=lambda note: note.requested_at),
        attempts=sorted(shown.attempts.all(), key=lambda attempt: -attempt.number),
        crumbs=[(_("账单"), reverse("console:invoices")), (shown.number, "")],
    )
    return render(request, "console/invoice.html", context)


@require_safe
@operator_only
def charges(request: HttpRequest) -> HttpResponse:
    """List every try to charge a card; the unknown and failed ones have tabs of their own."""
    filters = SearchForm(request.GET, says=_("账单号、店名或 Stripe 编号"))
    query, state = filters.query, request.GET.get("state", "")
    context = console_context(
        request,
        rows=page_of(selectors.charges_like(query=query, state=state), request.GET),
        columns=CHARGE_COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(request.GET, states=CHARGE_STATES, counts=selectors.count_charges(query=query)),
    )
    return render(request, "console/charges.html", context)
