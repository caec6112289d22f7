"""The months' statements between headquarters and a partner, for both of them; paid out by headquarters."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing.services.share_revenue import mark_share_paid
from control.account.desk import account_context, is_owner, owners_only, store_of
from control.account.selectors import payer_of
from control.account.shares import rows_of, running_minor, share_rows, statement_with_id, statements_of
from control.people.doors import staff_only
from kit import clock
from kit.tenancy import in_control
from kit.web.answers import done
from kit.web.downloads import csv_download, xlsx_download
from kit.web.lists import Column, page_of

COLUMNS = [
    Column(gettext_lazy("对账单号")),
    Column(gettext_lazy("合伙人")),
    Column(gettext_lazy("期间"), align="num"),
    Column(gettext_lazy("成交额"), align="num"),
    Column(gettext_lazy("应付分成"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
ROW_COLUMNS = [
    Column(gettext_lazy("订单号")),
    Column(gettext_lazy("时间"), align="num"),
    Column(gettext_lazy("成交额"), align="num"),
    Column(gettext_lazy("服务费"), align="num"),
    Column(gettext_lazy("支付手续费"), align="num"),
    Column(gettext_lazy("总部所得"), align="num"),
    Column(gettext_lazy("合伙人所得"), align="num"),
]


@require_safe
@staff_only
def shares(request: HttpRequest) -> HttpResponse:
    """List the statements this store gave or got."""
    account = payer_of(store_of(request))
    with in_control():
        rows = page_of(statements_of(account), request.GET)
        rows.object_list = list(rows.object_list)
        running = running_minor(account)
    context = account_context(
        request,
        "account:partners",
        rows=rows,
        columns=COLUMNS,
        running_minor=running,
        currency=account.currency,
        crumbs=[(_("代付与合伙人"), reverse("account:partners")), (_("分成对账单"), "")],
    )
    return render(request, "account/shares.html", context)


@require_safe
@staff_only
def statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Show one statement with every order and refund behind it."""
    account = payer_of(store_of(request))
    with in_control():
        shown = statement_with_id(account, statement_id)
        rows = page_of(rows_of(shown), request.GET)
        rows.object_list = list(rows.object_list)
    context = account_context(
        request,
        "account:partners",
        statement=shown,
        rows=rows,
        columns=ROW_COLUMNS,
        may_mark=shown.is_payable and shown.payer_id == account.pk and is_owner(request),
        crumbs=[
            (_("代付与合伙人"), reverse("account:partners")),
            (_("分成对账单"), reverse("account:shares")),
            (shown.number, ""),
        ],
    )
    return render(request, "account/share.html", context)


@require_safe
@staff_only
def download(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Hand out a statement's rows as a file."""
    account = payer_of(store_of(request))
    with in_control():
        shown = statement_with_id(account, statement_id)
    head = [*(str(column.label) for column in ROW_COLUMNS), _("币种")]
    if request.GET.get("format") == "xlsx":
        return xlsx_download(name=shown.number, sheet=_("分成对账单"), head=head, rows=share_rows(shown))
    return csv_download(name=shown.number, head=head, rows=share_rows(shown))


class PaidForm(forms.Form):
    """By which transfer it was paid."""

    reference = forms.CharField(required=False, max_length=60, label=gettext_lazy("转账流水号"))


@require_POST
@staff_only
@owners_only
def paid(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Note that headquarters paid a statement out."""
    form = PaidForm(request.POST)
    with in_control():
        mark_share_paid(
            statement_id=statement_id,
            payer_id=store_of(request).merchant_id,
            reference=form.cleaned_data["reference"] if form.is_valid() else "",
            by=str(request.person.email),  # type: ignore[attr-defined]
            now=clock.now(),
        )
    return done(request, to=reverse("account:share", args=[statement_id]), sentence=_("已标记付款。"))
