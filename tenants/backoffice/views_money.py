"""支付异常, 对账 and 顾客余额: money a person has to look at."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.web.answers import again, done
from kit.web.downloads import sent
from kit.web.lists import Column, page_of, state_tabs
from kit.web.pieces import in_pieces
from kit.web.refusals import tell_form
from kit.web.xlsx import written
from tenants.backoffice.forms_payments import ExplainForm, TopUpForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.sheets import difference_rows, differences_sheet
from tenants.backoffice.shell import desk_context
from tenants.journal.services import Actor
from tenants.payments.balances import MemberMissing, member_with_phone, top_up
from tenants.payments.models import DifferenceState
from tenants.payments.selectors_desk import (
    differences,
    open_difference,
    statements,
    stuck_payments,
    stuck_refunds,
    top_ups,
)
from tenants.sales.services.look_into_payment import close_payment, look_again, return_parked
from tenants.sales.services.reconcile_day import explain_difference
from tenants.sales.services.refund_payment import refund_to_balance, retry_refund

STUCK, BOOKS, BALANCES = "/backoffice/payments/stuck", "/backoffice/payments/books", "/backoffice/balances"
_MOST = 100
PAYMENT_COLUMNS = [
    Column(gettext_lazy("订单")),
    Column(gettext_lazy("方式")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("情况")),
    Column(""),
]
STATEMENT_COLUMNS = [
    Column(gettext_lazy("日期")),
    Column(gettext_lazy("渠道")),
    Column(gettext_lazy("收款"), align="num"),
    Column(gettext_lazy("退款"), align="num"),
    Column(gettext_lazy("手续费"), align="num"),
    Column(gettext_lazy("读取")),
]
DIFFERENCE_COLUMNS = [
    Column(gettext_lazy("日期")),
    Column(gettext_lazy("差异")),
    Column(gettext_lazy("本店"), align="num"),
    Column(gettext_lazy("渠道"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
TOP_UP_COLUMNS = [
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("原因")),
    Column(gettext_lazy("经手人")),
    Column(gettext_lazy("时间")),
]


@require_safe
@staff_only
def stuck(request: HttpRequest) -> HttpResponse:
    """List payments without an end and refunds that failed."""
    now = clock.now()
    context = desk_context(
        request,
        columns=PAYMENT_COLUMNS,
        payments=stuck_payments(now=now, limit=_MOST),
        refunds=stuck_refunds(now=now, limit=_MOST),
    )
    return render(request, "backoffice/payments/stuck.html", context)


@require_POST
@staff_only
@changers_only
def act_on_payment(request: HttpRequest, payment_id: UUID, what: str) -> HttpResponse:
    """Ask the company again, close the charge, or give a parked payment's money back."""
    now = clock.now()
    if what == "look":
        payment = look_again(payment_id=payment_id, now=now)
    elif what == "close":
        payment = close_payment(payment_id=payment_id, now=now)
    else:
        payment = return_parked(payment_id=payment_id, actor=_actor(request), now=now)
    sentence = _("最新结果：%(state)s") % {"state": payment.get_state_display()}
    return done(request, to=STUCK, sentence=sentence)


@require_POST
@staff_only
@changers_only
def act_on_refund(request: HttpRequest, refund_id: UUID, what: str) -> HttpResponse:
    """Send a failed refund again, or to the member's balance."""
    act = retry_refund if what == "retry" else refund_to_balance
    act(refund_id=refund_id, actor=_actor(request), now=clock.now())
    return done(request, to=STUCK, sentence=_("已提交，一分钟内有结果。"))


@require_safe
@staff_only
def books(request: HttpRequest) -> HttpResponse:
    """Show the companies' statements and where they and our books disagree."""
    state = request.GET.get("state", DifferenceState.OPEN)
    tabs = state_tabs(request.GET, states=[*DifferenceState.choices, ("all", _("全部"))], counts={})
    context = desk_context(
        request,
        tabs=tabs,
        columns=DIFFERENCE_COLUMNS,
        rows=page_of(differences(state=state), request.GET),
        statement_columns=STATEMENT_COLUMNS,
        statements=statements(limit=14),
    )
    return render(request, "backoffice/payments/books.html", context)


@require_safe
@staff_only
def export(request: HttpRequest) -> HttpResponse:
    """Give the differences as a spreadsheet, all of them."""
    rows = in_pieces(differences(state=request.GET.get("state", "")), difference_rows)
    return sent(written(differences_sheet(), rows), name=f"differences-{clock.now():%Y%m%d}.xlsx")


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def explain(request: HttpRequest, difference_id: UUID) -> HttpResponse:
    """Close a difference with a person's words."""
    difference = open_difference(difference_id)
    form = ExplainForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        name = str(request.person)  # type: ignore[attr-defined]
        note = form.cleaned_data["note"]
        explain_difference(difference_id=difference_id, note=note, by_name=name, now=clock.now())
        return done(request, to=BOOKS, sentence=_("已记录说明。"))
    template = "backoffice/payments/explain.html"
    context = desk_context(request, form=form, difference=difference)
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def balances(request: HttpRequest) -> HttpResponse:
    """Put money on a member's balance, and show what was put there."""
    form = TopUpForm(request.POST if request.method == "POST" else None, initial={"key": str(new_id())})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            made = top_up(
                member_id=member_with_phone(given["phone"]).pk,
                amount_minor=given["amount"],
                reason=given["reason"],
                by_name=str(request.person),  # type: ignore[attr-defined]
                key=given["key"],
                now=clock.now(),
            )
        except MemberMissing as refusal:
            form.add_error("phone", str(refusal))
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=BALANCES, sentence=_("%(member)s 的余额已更新。") % {"member": made.member})
    context = desk_context(request, form=form, columns=TOP_UP_COLUMNS, rows=top_ups(limit=_MOST))
    template = "backoffice/payments/balances.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _actor(request: HttpRequest) -> Actor:
    person = request.person  # type: ignore[attr-defined]
    return Actor(kind="staff", id=str(person.pk), name=str(person))
