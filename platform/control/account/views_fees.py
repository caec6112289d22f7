"""The fee explorer: every order's fee and why."""

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing.models.metering import RatedFee
from control.account.desk import account_context, store_of
from control.account.fees import explain, fees_between, month_named, months_of, sums_of
from control.account.selectors import payer_of
from control.account.sheets import fee_head, fee_rows
from control.people.doors import staff_only
from kit import clock
from kit.tenancy import in_control
from kit.web.downloads import csv_download, xlsx_download
from kit.web.lists import Column, page_of

COLUMNS = [
    Column(gettext_lazy("订单号")),
    Column(gettext_lazy("付款时间"), align="num"),
    Column(gettext_lazy("订单金额"), align="num"),
    Column(gettext_lazy("怎么算的")),
    Column(gettext_lazy("服务费"), align="num"),
]


class FeeSearch(forms.Form):
    """An order's number and a month."""

    q = forms.CharField(
        required=False,
        max_length=40,
        label=gettext_lazy("订单号"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("输入订单号")}),
    )
    month = forms.CharField(required=False, max_length=7, label=gettext_lazy("月份"))

    def __init__(self, *args: object, months: list[str], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["month"].widget = forms.Select(choices=[("", _("全部月份")), *((month, month) for month in months)])


@require_safe
@staff_only
def fees(request: HttpRequest) -> HttpResponse:
    """List fees with their reasons."""
    store, now = store_of(request), clock.now()
    payer = payer_of(store)
    form = FeeSearch(request.GET, months=list(months_of(payer, now)))
    query, month = _wanted(form)
    with in_control():
        found = fees_between(store, period=month_named(month), query=query, payer=payer)
        rows = page_of(found, request.GET)
        explained = [explain(fee, payer.currency) for fee in rows]
        sums = sums_of(found)
    context = account_context(
        request,
        "account:fees",
        rows=rows,
        explained=explained,
        sums=sums,
        currency=payer.currency,
        columns=COLUMNS,
        filters=form,
        is_filtered=bool(query or month),
        download=request.GET.urlencode(),
    )
    return render(request, "account/fees.html", context)


@require_safe
@staff_only
def download(request: HttpRequest) -> HttpResponse:
    """Hand out the same list as a file."""
    store = store_of(request)
    payer = payer_of(store)
    query, month = _wanted(FeeSearch(request.GET, months=[]))

    def found() -> QuerySet[RatedFee]:
        return fees_between(store, period=month_named(month), query=query, payer=payer)

    rows = fee_rows(found, payer.currency)
    name = f"fees-{month or 'all'}"
    if request.GET.get("format") == "xlsx":
        return xlsx_download(name=name, sheet=_("服务费"), head=fee_head(), rows=rows)
    return csv_download(name=name, head=fee_head(), rows=rows)


def _wanted(form: FeeSearch) -> tuple[str, str]:
    if not form.is_valid():
        return "", ""
    month = form.cleaned_data["month"].strip()
    return form.cleaned_data["q"].strip(), month if month_named(month) else ""
