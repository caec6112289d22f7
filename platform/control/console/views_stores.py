"""The platform's figures, the stores, and one store."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from billing.models.catalogue import Limit
from billing.models.invoices import Invoice
from billing.selectors import card_in_use, last_subscription, phase_at, use_of_merchant
from control.console import selectors
from control.console.acts import told
from control.console.desk import console_context
from control.console.forms import SearchForm
from control.console.health import health_lines
from control.lifecycle.selectors import erasure_of, exports_of, jobs_of
from control.merchants.models import BILLED_STATES, DESK_STATES, Domain, Merchant, MerchantState
from control.people.doors import operator_only
from control.people.models import Seat
from kit import clock
from kit.web.charts import Chart, Series
from kit.web.format import money, number, percent
from kit.web.lists import Column, page_of, state_tabs
from kit.web.shell import Found

COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("套餐")),
    Column(gettext_lazy("月经常收入"), align="num"),
    Column(gettext_lazy("近 30 天成交"), align="num"),
    Column(gettext_lazy("待收"), align="num"),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("开通时间"), align="num"),
]
STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in MerchantState)]
_FOUND = 6


@require_safe
@operator_only
def overview(request: HttpRequest) -> HttpResponse:
    """Show the platform's figures and the last thirty days."""
    figures = selectors.overview(clock.now())
    labels = [day.strftime("%m-%d") for day in figures.days]
    gmv = Chart("line", labels, [Series(_("成交额"), figures.gmv_by_day)], currency="CNY")
    fees = Chart("bar", labels, [Series(_("交易服务费"), figures.fees_by_day)], currency="CNY")
    states = [(state.label, figures.stores.get(state.value, 0), state.value) for state in MerchantState]
    context = console_context(
        request,
        figures=figures,
        gmv_chart=gmv,
        fee_chart=fees,
        states=[line for line in states if line[1]],
        all_stores=sum(figures.stores.values()),
        orders_said=ngettext("%(n)s 单", "%(n)s 单", figures.orders) % {"n": number(figures.orders)},
        take_said=_take_said(figures),
        overdue_said=_("其中 %(n)s 张已逾期") % {"n": figures.overdue_count} if figures.overdue_count else "",
    )
    return render(request, "console/overview.html", context)


def _take_said(figures: selectors.Overview) -> str:
    if not figures.gmv_minor:
        return ""
    return _("占成交额 %(rate)s") % {"rate": percent(figures.take_ppm)}


@require_safe
@operator_only
def stores(request: HttpRequest) -> HttpResponse:
    """List the stores with plan, volume and what they owe."""
    filters = SearchForm(request.GET, says=_("店名、网址、城市、邮箱或手机"))
    query, state = filters.query, request.GET.get("state", "")
    rows = page_of(selectors.merchants_like(query=query, state=state), request.GET)
    counts = selectors.count_merchants(query=query)
    shown = [(code, label) for code, label in STATES if not code or counts.get(code) or code == state]
    context = console_context(
        request,
        rows=rows,
        lines=selectors.store_lines(rows, clock.now()),
        columns=COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(request.GET, states=shown, counts=counts),
        domain=settings.LINLI_DOMAIN,
    )
    return render(request, "console/stores.html", context)


@require_safe
@operator_only
def store(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Show one store: plan, use, invoices, hosts, people, and what happened to it."""
    now = clock.now()
    merchant = selectors.merchant_with_id(merchant_id)
    subscription = last_subscription(merchant_id=merchant.pk)
    phase = phase_at(subscription, now) if subscription else None
    billing_account = selectors.account_of(merchant)
    context = console_context(
        request,
        merchant=merchant,
        line=selectors.store_lines([merchant], now)[0],
        judged=next(iter(health_lines(now=now, merchant_ids=[merchant.pk])), None),
        subscription=subscription,
        plan_said=phase.price.edition if phase else _("未开通"),
        plan_note=phase.price.get_interval_display() if phase and phase.price.amount_minor else "",
        billing_account=billing_account,
        card=card_in_use(billing_account=billing_account) if billing_account else None,
        invoices=list(billing_account.invoices.order_by("-issued_at")[:6]) if billing_account else [],
        uses=_uses(merchant),
        domains=list(Domain.objects.filter(tenant=merchant).order_by("-is_primary", "domain")),
        seats=list(Seat.objects.filter(merchant_id=merchant.pk).select_related("person").order_by("created_at")),
        may_suspend=merchant.state in BILLED_STATES,
        may_export=merchant.state in DESK_STATES,
        may_visit=merchant.state in DESK_STATES,
        may_erase=merchant.state in (MerchantState.SUSPENDED, MerchantState.ARCHIVED),
        exports=exports_of(merchant.pk),
        jobs=jobs_of(merchant.pk),
        erasure=erasure_of(merchant.pk),
        acts=[told(entry) for entry in selectors.acts_about(merchant)],
        address=f"{settings.LINLI_SCHEME}://{merchant.slug}.{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}/",
        crumbs=[(_("店铺"), reverse("console:stores")), (merchant.name, "")],
    )
    return render(request, "console/store.html", context)


def _uses(merchant: Merchant) -> list[tuple[object, int, int | None]]:
    if merchant.state in (MerchantState.BUILDING, MerchantState.ARCHIVED, MerchantState.ERASED):
        return []
    used = use_of_merchant(merchant)
    return [(what.label, used[what], merchant.limits.get(what.value)) for what in Limit if what in used]


@require_safe
@operator_only
def search(request: HttpRequest) -> HttpResponse:
    """Find stores, invoices and the fees of an order from the box in the head."""
    query = request.GET.get("q", "").strip()[:80]
    groups = []
    if query:
        merchants = selectors.merchants_like(query=query, state="")[:_FOUND]
        invoices = selectors.invoices_like(query=query, state="")[:_FOUND]
        groups = [
            (_("店铺"), [_found_store(merchant) for merchant in merchants]),
            (_("账单"), [_found_invoice(invoice) for invoice in invoices]),
            (_("订单的服务费"), [_found_fee(fee) for fee in selectors.order_fees(number=query, most=_FOUND)]),
        ]
    return render(request, "kit/_found.html", {"q": query, "groups": [group for group in groups if group[1]]})


def _found_fee(fee: selectors.OrderFee) -> Found:
    address = reverse("console:store", args=[fee.merchant.pk])
    if fee.invoice_id is not None:
        address = reverse("console:invoice", args=[fee.invoice_id])
    note = f"{fee.merchant.name} · {money(fee.fee_minor, fee.currency)}"
    return Found(fee.number, address, note, icon="hand-coins")


def _found_store(merchant: Merchant) -> Found:
    return Found(merchant.name, reverse("console:store", args=[merchant.pk]), merchant.slug, icon="store")


def _found_invoice(invoice: Invoice) -> Found:
    address = reverse("console:invoice", args=[invoice.pk])
    return Found(invoice.number, address, invoice.billing_account.merchant.name, icon="receipt")
