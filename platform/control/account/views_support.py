"""平台协助: who of the platform was in the store, what they did, and whether they may come at all."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from control.account.desk import account_context, owners_only, store_of
from control.people.doors import staff_only
from control.support.models import SupportVisit
from control.support.selectors import consent_of, steps_of, visits_like
from control.support.services.end_visits import end_visits
from control.support.services.set_consent import set_consent
from kit import clock
from kit.errors import Kind, Refused
from kit.tenancy import in_control
from kit.web.answers import done
from kit.web.csv import csv_answer
from kit.web.format import moment
from kit.web.lists import Column, page_of

COLUMNS = [
    Column(gettext_lazy("谁、为什么")),
    Column(gettext_lazy("时间"), align="num"),
    Column(gettext_lazy("操作数"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
_MOST = 1000  # visits in one file


class VisitMissing(Refused):
    """There was no such visit to this store."""

    code, kind, sentence = "visit_missing", Kind.MISSING, gettext_lazy("没有找到这次协助。")


class VisitFilters(forms.Form):
    """One box over the visits."""

    q = forms.CharField(
        required=False,
        label=gettext_lazy("搜索"),
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("原因、工单、人员或页面")}),
    )

    @property
    def query(self) -> str:
        return str(self.cleaned_data["q"]).strip() if self.is_valid() else ""


class ConsentForm(forms.Form):
    """What is allowed."""

    may_enter = forms.BooleanField(
        label=gettext_lazy("允许平台客服进店查看"),
        required=False,
        help_text=gettext_lazy("每次要写原因、最长 30 分钟，每一步都记在下面。"),
    )
    may_write = forms.BooleanField(
        label=gettext_lazy("允许平台客服修改店铺资料"),
        required=False,
        help_text=gettext_lazy("价格、退款、佣金、套餐、银行卡、密钥、员工和导出，任何时候都不能动。"),
    )


@require_safe
@staff_only
def support(request: HttpRequest) -> HttpResponse:
    """List the visits, and show what is allowed."""
    store, filters, now = store_of(request), VisitFilters(request.GET), clock.now()
    with in_control():
        rows = page_of(visits_like(query=filters.query, merchant_id=store.merchant_id), request.GET)
        rows.object_list = list(rows.object_list)
        allowed = consent_of(store.merchant_id)
    form = ConsentForm(initial={"may_enter": allowed.may_enter, "may_write": allowed.may_write})
    context = account_context(
        request,
        "account:support",
        rows=rows,
        lines=[(row, row.state_at(now) == "live") for row in rows],
        columns=COLUMNS,
        filters=filters,
        is_filtered=bool(filters.query),
        form=form,
        allowed=allowed,
    )
    return render(request, "account/support.html", context)


@require_safe
@staff_only
def visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Show one visit, step by step."""
    with in_control():
        shown = _found(request, visit_id)
        steps = steps_of(shown)
    crumbs = [(_("平台协助"), reverse("account:support")), (moment(shown.started_at), "")]
    live = shown.state_at(clock.now()) == "live"
    context = account_context(request, "account:support", visit=shown, steps=steps, is_live=live, crumbs=crumbs)
    return render(request, "account/support_visit.html", context)


@require_safe
@staff_only
@owners_only
def export(request: HttpRequest) -> HttpResponse:
    """Hand out the visits with every step, as CSV."""
    store, filters = store_of(request), VisitFilters(request.GET)
    with in_control():
        found = visits_like(query=filters.query, merchant_id=store.merchant_id).prefetch_related("steps")[:_MOST]
        rows = [
            [
                moment(row.started_at),
                row.operator.email,
                row.reason,
                row.ticket,
                moment(step.at),
                step.method,
                step.path,
                step.status,
            ]
            for row in found
            for step in sorted(row.steps.all(), key=lambda one: (one.at, one.pk))
        ]
    heads = [_("进店"), _("人员"), _("原因"), _("工单号"), _("时间"), _("操作"), _("页面"), _("结果")]
    return csv_answer(name="support.csv", heads=heads, rows=rows)


@require_POST
@staff_only
@owners_only
def consent(request: HttpRequest) -> HttpResponse:
    """Allow or forbid."""
    form = ConsentForm(request.POST)
    form.is_valid()  # two boxes, ticked or not
    set_consent(
        merchant_id=store_of(request).merchant_id,
        **form.cleaned_data,
        by=request.person.email,  # type: ignore[attr-defined]
        now=clock.now(),
    )
    return done(request, to=reverse("account:support"), sentence=_("已保存。"))


@require_POST
@staff_only
@owners_only
def end(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Send a visitor out."""
    with in_control():
        shown = _found(request, visit_id)
        end_visits(visit_id=shown.pk, by=request.person.email, now=clock.now())  # type: ignore[attr-defined]
    return done(request, to=reverse("account:support"), sentence=_("已结束这次协助。"))


def _found(request: HttpRequest, visit_id: UUID) -> SupportVisit:
    mine = SupportVisit.objects.select_related("operator").filter(merchant_id=store_of(request).merchant_id)
    found = mine.filter(pk=visit_id).first()
    if found is None:
        raise VisitMissing
    return found
