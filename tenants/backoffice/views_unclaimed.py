"""逾期未取: goods whose pickup day is over, and what becomes of them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import tell_form
from tenants.backoffice.forms_unclaimed import HoldForm, UnclaimedFilters, UnclaimedRuleForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.fulfilment.models import AfterUnclaimed, UnclaimedState
from tenants.fulfilment.selectors_unclaimed import (
    count_unclaimed,
    is_waiting,
    lines_left,
    money_in_part,
    money_left,
    unclaimed_for_desk,
    unclaimed_rule,
    waiting_unclaimed,
)
from tenants.journal.services import Actor
from tenants.sales.services.unclaimed import end_unclaimed, hold_longer, keep_unclaimed_rule

COLUMNS = [
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("自提点")),
    Column(gettext_lazy("未取商品")),
    Column(gettext_lazy("可退"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
UNCLAIMED = "/backoffice/orders/unclaimed"


@require_safe
@staff_only
def unclaimed(request: HttpRequest) -> HttpResponse:
    """List what was not fetched, with what lies there and what it cost."""
    state = request.GET.get("state", "")
    state = state if state in UnclaimedState.values else ""
    filters = UnclaimedFilters(request.GET)
    query = filters.cleaned_data["q"].strip() if filters.is_valid() else ""
    rows = page_of(unclaimed_for_desk(state=state, query=query), request.GET)
    left, held = lines_left(rows), unclaimed_rule()
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        lines=[
            (row, left[row.pk], money_left(left[row.pk]), money_in_part(left[row.pk], held), is_waiting(row.state))
            for row in rows
        ],
        rule=held,
        filters=filters,
        is_filtered=bool(query),
        tabs=state_tabs(
            request.GET,
            states=[("", _("全部")), *UnclaimedState.choices],
            counts=count_unclaimed(unclaimed_for_desk(query=query)),
        ),
        crumbs=[(_("订单"), reverse("backoffice:orders")), (_("逾期未取"), "")],
    )
    return render(request, "backoffice/aftersales/unclaimed.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def end(request: HttpRequest, unclaimed_id: UUID, what: str) -> HttpResponse:
    """Give the money back; the goods come back to stock, or are lost."""
    if request.method != "POST":  # someone came back here after logging in again
        waiting_unclaimed(unclaimed_id)
        return redirect(UNCLAIMED)
    end_unclaimed(
        unclaimed_id=unclaimed_id,
        outcome=AfterUnclaimed(what),
        actor=_actor(request),
        note=_("超过提货时间没有来取"),
        now=clock.now(),
    )
    return done(request, to=UNCLAIMED, sentence=_("已处理，货款原路退回顾客。"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def discount(request: HttpRequest, unclaimed_id: UUID) -> HttpResponse:
    """Show what goes back at the rule's discount and what the shop keeps; do it when the same is confirmed."""
    row = waiting_unclaimed(unclaimed_id)
    left = lines_left([row])[row.pk]
    whole, part = money_left(left), money_in_part(left, unclaimed_rule())
    if request.method == "POST":
        end_unclaimed(
            unclaimed_id=unclaimed_id,
            outcome=AfterUnclaimed.PART,
            actor=_actor(request),
            note=_("超过提货时间没有来取"),
            now=clock.now(),
            seen_minor=int(seen) if (seen := request.POST.get("seen", "")).isdecimal() else -1,
        )
        return done(request, to=UNCLAIMED, sentence=_("已处理，货款原路退回顾客。"))
    context = desk_context(
        request,
        row=row,
        left=left,
        whole_minor=whole,
        part_minor=part,
        kept_minor=whole - part,
        crumbs=[(_("逾期未取"), UNCLAIMED), (_("折扣退款"), "")],
    )
    return render(request, "backoffice/aftersales/unclaimed_discount.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def hold(request: HttpRequest, unclaimed_id: UUID) -> HttpResponse:
    """Keep the goods some days longer."""
    row = waiting_unclaimed(unclaimed_id)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            hold_longer(unclaimed_id=row.pk, until=form.cleaned_data["until"], actor=_actor(request), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=UNCLAIMED, sentence=_("已延期，并短信通知顾客。"))
    context = desk_context(request, form=form, row=row, crumbs=[(_("逾期未取"), UNCLAIMED), (_("延期保管"), "")])
    template = "backoffice/aftersales/unclaimed_hold.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def rule(request: HttpRequest) -> HttpResponse:
    """Set how long goods wait, and what becomes of them."""
    form = UnclaimedRuleForm(request.POST) if request.method == "POST" else UnclaimedRuleForm.of(unclaimed_rule())
    if form.is_bound and form.is_valid():
        try:
            keep_unclaimed_rule(**form.words(), by_name=_actor(request).name, now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=UNCLAIMED, sentence=_("已保存。"))
    context = desk_context(request, form=form, crumbs=[(_("逾期未取"), UNCLAIMED), (_("未取规则"), "")])
    template = "backoffice/aftersales/unclaimed_rule.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _actor(request: HttpRequest) -> Actor:
    person = request.person  # type: ignore[attr-defined]
    return Actor(kind="person", id=str(person.pk), name=str(person))
