"""服务区域: where the store delivers to, how neighbours find a point, where a list is sold."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.lists import Column
from tenants.backoffice.forms_areas import AreaForm, EntryRuleForm, ReachForm, area_draft, reach_typed
from tenants.backoffice.forms_stock import WordFilter
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.campaigns.reach import reach_of, set_reach
from tenants.campaigns.selectors_desk import campaign_with_id
from tenants.leaders.areas import area_with_id, areas_for_desk, entry_rule, save_area, save_entry_rule
from tenants.leaders.models import BindingRule, ServiceArea
from tenants.leaders.selectors import cities_served, leaders_for_desk, open_points

_MOST_CHOICES = 500


@require_safe
@staff_only
def areas(request: HttpRequest) -> HttpResponse:
    """List the areas."""
    filters = WordFilter(request.GET)
    listing = Listing(
        _("服务区域"),
        _("把自提点分到区域里，团期可以只在一部分区域卖。"),
        [
            Column(gettext_lazy("区域")),
            Column(gettext_lazy("城市")),
            Column(gettext_lazy("范围")),
            Column(gettext_lazy("自提点"), align="num"),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        _line,
        (_("还没有服务区域"), _("不分区域也能卖：所有自提点都能买到所有团期。")),
        icon="map-pin",
        buttons=[
            Action(_("进店规则"), reverse("backoffice:entry-rule")),
            Action(_("新增区域"), reverse("backoffice:area-new"), icon="plus", is_main=True),
        ],
        crumbs=[(_("团长"), "/backoffice/leaders"), (_("服务区域"), "")],
    )
    return show_list(request, listing, areas_for_desk(query=filters.word()), filters=filters)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def area_new(request: HttpRequest) -> HttpResponse:
    """Add an area."""
    form = AreaForm(request.POST or None, points=open_points(limit=_MOST_CHOICES))
    return _area_form(request, form, None)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def area(request: HttpRequest, area_id: UUID) -> HttpResponse:
    """Change an area."""
    known = area_with_id(area_id)
    words = AreaForm.words_of(known)
    return _area_form(
        request, AreaForm(request.POST or None, initial=words, points=open_points(limit=_MOST_CHOICES)), area_id
    )


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def rule(request: HttpRequest) -> HttpResponse:
    """Say how far the nearest point may be, and whose link counts."""
    form = EntryRuleForm(request.POST or None, initial=EntryRuleForm.words_of(entry_rule()))

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        save_entry_rule(
            reach_m=typed["reach_m"],
            binding=BindingRule(typed["binding"]),
            protect_days=typed["protect_days"],
            now=clock.now(),
            by_name=by(request),
        )
        return reverse("backoffice:areas"), _("已保存。")

    about = _("顾客进店先看团长的链接，再看自己的团长和上次的自提点，最后找最近的。")
    return fill_in(request, Drawer(_("进店规则"), _("保存"), reverse("backoffice:areas"), about), form, save)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def reach(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Say where a list is sold."""
    campaign = campaign_with_id(campaign_id)
    form = ReachForm(
        request.POST or None,
        initial=ReachForm.words_of(reach_of(campaign)),
        areas=areas_for_desk(),
        leaders=leaders_for_desk().prefetch_related(None)[:_MOST_CHOICES],
        cities=sorted(cities_served()),
    )
    back = reverse("backoffice:campaign", args=[campaign_id])

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        set_reach(campaign_id=campaign_id, reach=reach_typed(typed), now=clock.now(), by_name=by(request))
        return back, _("已保存销售范围，新订单按这个范围接。")

    return fill_in(request, Drawer(_("销售范围"), _("保存"), back, campaign.name), form, save)


def _line(one: ServiceArea) -> Line:
    circle = _("半径 %(n)s 米") % {"n": one.radius_m} if one.radius_m else _("不限")
    return Line(
        [
            Cell(one.name, css="lead"),
            Cell(one.city),
            Cell(circle),
            Cell(one.n_points, css="num"),  # type: ignore[attr-defined]
            Cell(_("服务中") if one.is_open else _("已关闭"), tone="good" if one.is_open else "none"),
        ],
        [Action(_("编辑"), reverse("backoffice:area", args=[one.pk]))],
    )


def _area_form(request: HttpRequest, form: AreaForm, area_id: UUID | None) -> HttpResponse:
    def save(typed: dict[str, Any]) -> tuple[str, str]:
        point_ids = [UUID(pk) for pk in typed["points"]]
        save_area(draft=area_draft(typed), point_ids=point_ids, now=clock.now(), by_name=by(request), area_id=area_id)
        return reverse("backoffice:areas"), _("已保存。")

    title = _("编辑区域") if area_id else _("新增区域")
    return fill_in(request, Drawer(title, _("保存"), reverse("backoffice:areas")), form, save)
