"""Invoices, what is on them, and the fee of every order with its reason."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing.models.agreements import SavedCard
from billing.models.collection import OPEN_ATTEMPTS, AttemptState, ChargeAttempt
from billing.models.invoices import Invoice, InvoiceState
from billing.selectors import card_in_use, cards_of
from billing.services.pay_invoice import pay_invoice
from control.account.desk import account_context, owners_only, store_of
from control.account.fees import explain, fees_of
from control.account.partners import in_sections
from control.account.selectors import invoice_of, invoices_of
from control.people.doors import staff_only
from kit import clock
from kit.gateway.declines import explain_decline
from kit.tenancy import in_control
from kit.web.answers import done
from kit.web.lists import Column, page_of, state_tabs

COLUMNS = [
    Column(gettext_lazy("账单号")),
    Column(gettext_lazy("出账时间"), align="num"),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("待付"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
LINE_COLUMNS = [
    Column(gettext_lazy("项目")),
    Column(gettext_lazy("服务期"), align="num"),
    Column(gettext_lazy("不含税"), align="num"),
    Column(gettext_lazy("税额"), align="num"),
    Column(gettext_lazy("金额"), align="num"),
]
FEE_COLUMNS = [
    Column(gettext_lazy("订单号")),
    Column(gettext_lazy("付款时间"), align="num"),
    Column(gettext_lazy("订单金额"), align="num"),
    Column(gettext_lazy("怎么算的")),
    Column(gettext_lazy("服务费"), align="num"),
]
_RUNNING = frozenset(OPEN_ATTEMPTS) - {AttemptState.REQUIRES_ACTION}  # a bank's page waits: paying leads there again
_ON_A_LINE = ("phase__price__edition", "section__merchant")
STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in InvoiceState)]


@require_safe
@staff_only
def invoices(request: HttpRequest) -> HttpResponse:
    """List the merchant's invoices."""
    store = store_of(request)
    with in_control():
        rows = page_of(invoices_of(store, state=request.GET.get("state", "")), request.GET)
        rows.object_list = list(rows.object_list)
        counts = {state: invoices_of(store, state=state).count() for state, _label in STATES}
    context = account_context(
        request,
        "account:invoices",
        rows=rows,
        columns=COLUMNS,
        tabs=state_tabs(request.GET, states=STATES, counts=counts),
        is_filtered=bool(request.GET.get("state")),
    )
    return render(request, "account/invoices.html", context)


class FeeFilters(forms.Form):
    """Find one order's fee."""

    q = forms.CharField(
        required=False,
        label=gettext_lazy("订单号"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("输入订单号")}),
    )


@require_safe
@staff_only
def invoice(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Show one invoice: its lines, the tries to charge it, and each order's fee."""
    filters = FeeFilters(request.GET)
    query = filters.cleaned_data["q"].strip() if filters.is_valid() else ""
    with in_control():
        shown = invoice_of(store_of(request), invoice_id)
        lines, attempts = (
            list(shown.lines.select_related(*_ON_A_LINE)),
            list(shown.attempts.order_by("-number").select_related("card")),
        )
        fees = page_of(fees_of(shown, query=query), request.GET)
        explained = [explain(fee, shown.currency, by_payer=True) for fee in fees]
        card = card_in_use(billing_account=shown.billing_account)
        credits = list(shown.credit_notes.exclude(number=None).order_by("number"))
        uses = list(shown.wallet_uses.select_related("lot").order_by("used_at", "id"))
    context = account_context(
        request,
        "account:invoices",
        invoice=shown,
        parts=in_sections(lines, store_of(request).name),
        own_id=store_of(request).merchant_id,
        line_columns=LINE_COLUMNS,
        attempts=[_told(attempt) for attempt in attempts],
        is_under_way=any(attempt.state in _RUNNING for attempt in attempts),
        card=card,
        credits=credits,
        uses=uses,
        fees=fees,
        explained=explained,
        fee_columns=FEE_COLUMNS,
        has_fees=bool(explained) or bool(query),
        filters=filters,
        is_filtered=bool(query),
        crumbs=[(_("账单"), reverse("account:invoices")), (shown.number, "")],
    )
    return render(request, "account/invoice.html", context)


def _told(attempt: ChargeAttempt) -> dict[str, object]:
    """Write one try as a line of the timeline."""
    tones = {AttemptState.SUCCEEDED: "good", AttemptState.FAILED: "bad"}
    note = explain_decline(decline_code=attempt.failure_code) if attempt.state == AttemptState.FAILED else ""
    return {
        "at": attempt.settled_at or attempt.created_at,
        "sentence": attempt.get_state_display(),
        "by": str(attempt.card),
        "note": note,
        "tone": tones.get(AttemptState(attempt.state), ""),
    }


@require_POST
@staff_only
@owners_only
def pay(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Pay an open invoice now, by the card chosen or the default one; the bank may want its owner on its own page."""
    now, store = clock.now(), store_of(request)
    with in_control():
        shown = invoice_of(store, invoice_id)
        card = _card_of(request, cards_of(billing_account=shown.billing_account))
    to = reverse("account:invoice", args=[shown.pk])
    if card is None:
        return done(request, to=f"{reverse('account:card')}?next={to}", sentence=_("请先绑定一张银行卡。"))
    back = request.build_absolute_uri(reverse("account:pay-return", args=[shown.pk]))
    with in_control():
        paying = pay_invoice(invoice_id=shown.pk, card_id=card, return_url=back, now=now)
    if paying.action_url:
        context = account_context(request, "account:invoices", address=paying.action_url)
        response = render(request, "account/bank_leaving.html", context)
        response["Refresh"] = f"0; url={paying.action_url}"
        return response
    return done(request, to=to, sentence=_outcome(shown, paying.attempt))


def _card_of(request: HttpRequest, cards: list[SavedCard]) -> UUID | None:
    wanted = request.POST.get("card", "")
    chosen = next((card.pk for card in cards if str(card.pk) == wanted), None)
    return chosen or (cards[0].pk if cards else None)


@require_safe
@staff_only
def come_back(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Come back from the bank's page; whether it is paid, only the card company's signed word tells."""
    with in_control():
        shown = invoice_of(store_of(request), invoice_id)
    to = reverse("account:invoice", args=[shown.pk])
    return done(request, to=to, sentence=_("已从银行返回，结果通常几秒内更新。"))


def _outcome(shown: Invoice, attempt: ChargeAttempt | None) -> str:
    if attempt is None:
        return _("%(number)s 正在扣款或已经付清，不用重复付款。") % {"number": shown.number}
    if attempt.state == AttemptState.FAILED:
        return _("没有扣成功：%(why)s") % {"why": explain_decline(decline_code=attempt.failure_code)}
    return _("正在扣款，通常几秒内到账。")
