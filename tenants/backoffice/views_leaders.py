"""团长: who hands out the goods, and where."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.merchants.limits import PlanLimitReached, limit_of
from control.people.doors import staff_only
from control.support.marks import safe_in_support
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import STATUS, tell_form
from tenants.analytics.selectors import figures_of_leaders, figures_of_points
from tenants.backoffice.exports import leaders_sheet, sheet_address, wants_sheet
from tenants.backoffice.forms_leaders import LeaderFilters, LeaderForm, PointForm, RestForm, of_wish, point_of_wish
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.commissions.selectors import commission_totals, commissions_of
from tenants.leaders.models import LeaderState, PointWish
from tenants.leaders.point_wishes import WishMissing, wish_with_id
from tenants.leaders.rests import rest_days, rests_of
from tenants.leaders.selectors import (
    count_leaders_by_state,
    leader_with_id,
    leaders_for_desk,
    open_points,
    point_with_id,
)
from tenants.leaders.services import (
    add_leader,
    add_point,
    edit_leader,
    edit_point,
    leaders_in_service,
    rest_leader,
    resume_leader,
)
from tenants.orders.selectors import orders_for_desk

COLUMNS = [
    Column(gettext_lazy("团长")),
    Column(gettext_lazy("自提点")),
    Column(gettext_lazy("累计成交"), align="num"),
    Column(gettext_lazy("订单"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in LeaderState)]
_RECENT = 8
_SHANGHAI = (31.2304, 121.4737)  # where the map opens for a store without any point
_POINT_WORDS = {"name": "point_name"}


@require_safe
@staff_only
def leaders(request: HttpRequest) -> HttpResponse:
    """List leaders with what they sold; ``?export=xlsx`` gives them as a spreadsheet."""
    filters = LeaderFilters(request.GET)
    query = filters.cleaned_data["q"] if filters.is_valid() else ""
    found = leaders_for_desk(query=query, state=_state_in(request))
    if wants_sheet(request):
        return leaders_sheet(request, found)
    rows = page_of(found, request.GET)
    figures = figures_of_leaders([leader.pk for leader in rows])
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        lines=[(leader, figures[leader.pk]) for leader in rows],
        filters=filters,
        is_filtered=bool(query),
        export=sheet_address(request),
        tabs=state_tabs(request.GET, states=STATES, counts=count_leaders_by_state(query=query)),
    )
    return render(request, "backoffice/leaders.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def add(request: HttpRequest) -> HttpResponse:
    """Add a leader with the first pickup point."""
    allowed = limit_of(merchant_id=request.store.merchant_id, what="leaders")  # type: ignore[attr-defined]
    used = leaders_in_service() if allowed is not None else 0
    if allowed is not None and used >= allowed:
        return _limit_reached(request, PlanLimitReached(what="leaders", limit=allowed, used=used))
    wish = _wish_in(request)
    form, point = LeaderForm(request.POST or None, initial=of_wish(wish)), _new_point(request, wish)
    context = _with_map(request, form=form, point=point, wish=wish)
    if form.is_bound and form.is_valid() & point.is_valid():
        try:
            leader = add_leader(
                **form.cleaned_data,
                point=point.draft(),
                now=clock.now(),
                by_name=_by(request),
                wish_id=wish.pk if wish else None,
            )
        except PlanLimitReached as refusal:
            return _limit_reached(request, refusal)
        except Refused as refusal:
            tell_form(point if "latitude" in refusal.fields else form, refusal)
        else:
            to = f"/backoffice/leaders/{leader.pk}"
            return done(request, to=to, sentence=_("已添加团长%(name)s。") % {"name": leader.name})
    return _form_page(request, "backoffice/leader_new.html", context, is_bound=form.is_bound)


@require_safe
@staff_only
def detail(request: HttpRequest, leader_id: UUID) -> HttpResponse:
    """Show a leader's points, orders and commission."""
    leader = leader_with_id(leader_id)
    points = list(leader.pickup_points.order_by("-is_open", "name"))
    figures = figures_of_points([point.pk for point in points])
    totals = commission_totals(leader=leader, now=clock.now())
    context = desk_context(
        request,
        leader=leader,
        points=[(point, figures[point.pk]) for point in points],
        figures=figures_of_leaders([leader.pk])[leader.pk],
        rests=[(rest, rest_days(rest.first_on, rest.last_on)) for rest in rests_of(leader, now=clock.now())],
        totals=totals,
        waiting_minor=totals.accrued_minor + totals.pending_minor,
        commissions=commissions_of(leader=leader, limit=_RECENT),
        orders=orders_for_desk(leader_id=leader.pk)[:_RECENT],
        crumbs=[(_("团长"), "/backoffice/leaders"), (leader.name, "")],
    )
    return render(request, "backoffice/leader.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def edit(request: HttpRequest, leader_id: UUID) -> HttpResponse:
    """Change a leader's name and phone."""
    leader = leader_with_id(leader_id)
    form = LeaderForm(request.POST) if request.method == "POST" else LeaderForm.of(leader)
    if form.is_bound and form.is_valid():
        try:
            edit_leader(leader_id=leader_id, **form.cleaned_data, now=clock.now(), by_name=_by(request))
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=f"/backoffice/leaders/{leader_id}", sentence=_("已保存。"))
    context = desk_context(request, form=form, leader=leader)
    return _form_page(request, "backoffice/leader_edit.html", context, is_bound=form.is_bound)


@safe_in_support
@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def rest(request: HttpRequest, leader_id: UUID) -> HttpResponse:
    """Let a leader rest, with a note for shoppers."""
    leader = leader_with_id(leader_id)
    form = RestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rest_leader(leader_id=leader_id, note=form.cleaned_data["note"], now=clock.now(), by_name=_by(request))
        sentence = _("%(name)s开始休息，新订单不再分给这位团长。") % {"name": leader.name}
        return done(request, to=f"/backoffice/leaders/{leader_id}", sentence=sentence)
    context = desk_context(request, form=form, leader=leader)
    return _form_page(request, "backoffice/leader_rest.html", context, is_bound=form.is_bound)


@safe_in_support
@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def resume(request: HttpRequest, leader_id: UUID) -> HttpResponse:
    """Let a leader sell again."""
    if request.method == "POST":
        resume_leader(leader_id=leader_id, now=clock.now(), by_name=_by(request))
        return done(request, to=f"/backoffice/leaders/{leader_id}", sentence=_("已恢复接单。"))
    return redirect(f"/backoffice/leaders/{leader_id}")  # someone came back here after logging in again


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def point_new(request: HttpRequest, leader_id: UUID) -> HttpResponse:
    """Give a leader one more pickup point."""
    leader = leader_with_id(leader_id)
    form = _new_point(request)
    if form.is_bound and form.is_valid():
        try:
            add_point(leader_id=leader_id, draft=form.draft(), now=clock.now(), by_name=_by(request))
        except PlanLimitReached as refusal:
            return _limit_reached(request, refusal)
        except Refused as refusal:
            tell_form(form, refusal, names=_POINT_WORDS)
        else:
            return done(request, to=f"/backoffice/leaders/{leader_id}", sentence=_("已添加自提点。"))
    context = _with_map(request, point=form, leader=leader, title=_("新增自提点"))
    return _form_page(request, "backoffice/point.html", context, is_bound=form.is_bound)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def point_edit(request: HttpRequest, point_id: UUID) -> HttpResponse:
    """Change a pickup point."""
    point = point_with_id(point_id)
    form = PointForm(request.POST) if request.method == "POST" else PointForm.of(point)
    if form.is_bound and form.is_valid():
        try:
            edit_point(point_id=point_id, draft=form.draft(), now=clock.now(), by_name=_by(request))
        except PlanLimitReached as refusal:
            return _limit_reached(request, refusal)
        except Refused as refusal:
            tell_form(form, refusal, names=_POINT_WORDS)
        else:
            return done(request, to=f"/backoffice/leaders/{point.leader_id}", sentence=_("已保存自提点。"))
    context = _with_map(request, point=form, leader=point.leader, title=_("编辑自提点"), without=point_id)
    return _form_page(request, "backoffice/point.html", context, is_bound=form.is_bound)


def _state_in(request: HttpRequest) -> str:
    asked = request.GET.get("state", "")
    return asked if asked in LeaderState.values else ""


def _wish_in(request: HttpRequest) -> PointWish | None:
    """Find the wish that the page was opened from; :raises WishMissing:"""
    asked = request.POST.get("wish") or request.GET.get("wish")
    if not asked:
        return None
    try:
        return wish_with_id(UUID(asked))
    except ValueError:
        raise WishMissing from None


def _new_point(request: HttpRequest, wish: PointWish | None = None) -> PointForm:
    known = open_points(limit=1)  # the next point is most likely in the same town
    initial = {"city": known[0].city} if known else {}
    return PointForm(request.POST or None, initial=initial | point_of_wish(wish))


def _by(request: HttpRequest) -> str:
    return str(request.person)  # type: ignore[attr-defined]


def _limit_reached(request: HttpRequest, refusal: PlanLimitReached) -> HttpResponse:
    what = refusal.facts["what"]
    title = _("新增自提点") if what == "cities" else _("添加团长")
    context = desk_context(request, allowed=refusal.facts["limit"], what=what, title=title)
    return render(request, "backoffice/leader_limit.html", context, status=STATUS[refusal.kind])


def _with_map(request: HttpRequest, *, without: UUID | None = None, **context: Any) -> dict[str, Any]:
    known = [point for point in open_points(limit=200) if point.pk != without]
    centre = (float(known[0].latitude), float(known[0].longitude)) if known else _SHANGHAI
    places = [{"name": point.name, "lat": float(point.latitude), "lng": float(point.longitude)} for point in known]
    return desk_context(request, centre=centre, places=places, **context)


def _form_page(request: HttpRequest, template: str, context: dict[str, Any], *, is_bound: bool) -> HttpResponse:
    return again(request, template, context) if is_bound else render(request, template, context)
