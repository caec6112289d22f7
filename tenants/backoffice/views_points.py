"""积分: the rule, the ledger, and what is given by hand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.ids import new_id
from kit.tenancy import current_store
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form
from tenants.backoffice.forms_points import AdjustPointsForm, PointsFilters, PointsRuleForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.points.selectors import moves_for_desk, points_outstanding, points_rule
from tenants.points.services.keep_rule import adjust_points, keep_rule
from tenants.points.worth import PointsOffer

POINTS = "/backoffice/points"
MOVE_COLUMNS = [
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("类型")),
    Column(gettext_lazy("积分"), align="num"),
    Column(gettext_lazy("订单或原因")),
    Column(gettext_lazy("时间")),
]


@require_safe
@staff_only
def ledger(request: HttpRequest) -> HttpResponse:
    """Show what points are worth, how many are out, and every change."""
    filters = PointsFilters(request.GET)
    wanted = filters.wanted()
    rule, out = points_rule(), points_outstanding()
    context = desk_context(
        request,
        rule=rule,
        out=out,
        worth_minor=PointsOffer(out["balance"], rule.per_yuan, rule.max_share_ppm).worth_minor,
        currency=current_store().currency,
        columns=MOVE_COLUMNS,
        rows=page_of(moves_for_desk(**wanted), request.GET),
        filters=filters,
        is_filtered=any(wanted.values()),
    )
    return render(request, "backoffice/promotions/points.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def rule(request: HttpRequest) -> HttpResponse:
    """Set the rule."""
    form = PointsRuleForm(request.POST) if request.method == "POST" else PointsRuleForm.of(points_rule())
    if form.is_bound and form.is_valid():
        try:
            keep_rule(draft=form.draft(), by_name=_by(request), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=POINTS, sentence=_("积分规则已保存，对之后的订单生效。"))
    context = desk_context(request, form=form, crumbs=[(_("积分"), POINTS), (_("积分规则"), "")])
    template = "backoffice/promotions/points_rule.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def adjust(request: HttpRequest) -> HttpResponse:
    """Give a member points, or take some."""
    form = AdjustPointsForm(request.POST if request.method == "POST" else None, initial={"key": str(new_id())})
    if form.is_bound and form.is_valid():
        try:
            made = adjust_points(**form.words(), by_name=_by(request), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=POINTS, sentence=_("%(member)s 的积分已更新。") % {"member": made.member})
    context = desk_context(request, form=form, crumbs=[(_("积分"), POINTS), (_("调整积分"), "")])
    template = "backoffice/promotions/points_adjust.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _by(request: HttpRequest) -> str:
    return str(request.person)  # type: ignore[attr-defined]
