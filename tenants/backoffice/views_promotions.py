"""营销: coupons, 满减, the cheaper second piece."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import tell_form
from tenants.backoffice.exports import coupons_sheet, promotions_sheet, sheet_address, wants_sheet
from tenants.backoffice.forms_promotions import CouponForm, PromotionFilters, PromotionForm
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.catalog.selectors import categories_to_choose, products_to_choose
from tenants.promotions.models import PromotionKind, Running
from tenants.promotions.selectors import (
    count_by_state,
    effect_of,
    kind_with_id,
    kinds_for_desk,
    overlapping,
    promotion_with_id,
    promotions_for_desk,
)
from tenants.promotions.services.edit_coupon import save_coupon, stop_coupon
from tenants.promotions.services.edit_promotion import save_promotion, stop_promotion

COUPON_COLUMNS = [
    Column(gettext_lazy("优惠券")),
    Column(gettext_lazy("优惠")),
    Column(gettext_lazy("领取时间")),
    Column(gettext_lazy("已领"), align="num"),
    Column(gettext_lazy("已用"), align="num"),
    Column(gettext_lazy("已抵扣"), align="num"),
    Column(gettext_lazy("状态")),
    Column(""),
]
PROMOTION_COLUMNS = [
    Column(gettext_lazy("活动")),
    Column(gettext_lazy("优惠")),
    Column(gettext_lazy("时间")),
    Column(gettext_lazy("状态")),
    Column(""),
]
STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in Running)]
_COUPON_WORDS = {"off_minor": "off", "valid": "valid_days"}


@require_safe
@staff_only
def coupons(request: HttpRequest) -> HttpResponse:
    """List coupons with what came of them."""
    query, filters = _query(request)
    found = kinds_for_desk(state=_state_in(request), query=query)
    if wants_sheet(request):
        return coupons_sheet(request, found, now=clock.now())
    rows = page_of(found, request.GET)
    context = desk_context(
        request,
        columns=COUPON_COLUMNS,
        rows=rows,
        lines=[(kind, kind.shown_state(clock.now())) for kind in rows],
        filters=filters,
        is_filtered=bool(query),
        export=sheet_address(request),
        tabs=state_tabs(request.GET, states=STATES, counts=count_by_state(kinds_for_desk(query=query))),
    )
    return render(request, "backoffice/promotions/coupons.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def coupon_new(request: HttpRequest) -> HttpResponse:
    """Make a coupon."""
    now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
    usual = {"claim_from": now, "claim_until": now + timedelta(days=7), "valid_days": 7, "per_member": 1}
    form = CouponForm(request.POST or None, initial=usual, **_choices())
    return _coupon_editor(request, form, kind_id=None)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def coupon_edit(request: HttpRequest, kind_id: UUID) -> HttpResponse:
    """Change a coupon."""
    kind = kind_with_id(kind_id)
    form = CouponForm(request.POST, **_choices()) if request.method == "POST" else CouponForm.of(kind, **_choices())
    return _coupon_editor(request, form, kind_id=kind_id)


@require_safe
@staff_only
def coupon(request: HttpRequest, kind_id: UUID) -> HttpResponse:
    """Show what came of a coupon."""
    kind = kind_with_id(kind_id)
    context = desk_context(
        request,
        kind=kind,
        shown=kind.shown_state(clock.now()),
        effect=effect_of(kind),
        crumbs=[(_("优惠券"), "/backoffice/coupons"), (kind.name, "")],
    )
    return render(request, "backoffice/promotions/coupon.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def coupon_stop(request: HttpRequest, kind_id: UUID) -> HttpResponse:
    """Give out no more of a coupon."""
    to = f"/backoffice/coupons/{kind_id}"
    if request.method == "POST":
        stop_coupon(kind_id=kind_id, now=clock.now(), by_name=_by(request))
        return done(request, to=to, sentence=_("已停止发放。顾客手里的券还可以用到过期。"))
    return redirect(to)  # someone came back here after logging in again


@require_safe
@staff_only
def promotions(request: HttpRequest) -> HttpResponse:
    """List promotions."""
    query, filters = _query(request)
    found = promotions_for_desk(state=_state_in(request), query=query)
    if wants_sheet(request):
        return promotions_sheet(request, found, now=clock.now())
    rows = page_of(found, request.GET)
    context = desk_context(
        request,
        columns=PROMOTION_COLUMNS,
        rows=rows,
        lines=[(promotion, promotion.shown_state(clock.now())) for promotion in rows],
        filters=filters,
        is_filtered=bool(query),
        export=sheet_address(request),
        tabs=state_tabs(request.GET, states=STATES, counts=count_by_state(promotions_for_desk(query=query))),
    )
    return render(request, "backoffice/promotions/promotions.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def promotion_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Make a promotion of one kind."""
    now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
    usual = {"starts_at": now, "ends_at": now + timedelta(days=7), "every": 2}
    form = PromotionForm(request.POST or None, kind=PromotionKind(kind), initial=usual, **_choices())
    return _promotion_editor(request, form, promotion_id=None)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def promotion_edit(request: HttpRequest, promotion_id: UUID) -> HttpResponse:
    """Change a promotion."""
    promotion = promotion_with_id(promotion_id)
    if request.method == "POST":
        form = PromotionForm(request.POST, kind=PromotionKind(promotion.kind), **_choices())
    else:
        form = PromotionForm.of(promotion, **_choices())
    return _promotion_editor(request, form, promotion_id=promotion_id)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def promotion_stop(request: HttpRequest, promotion_id: UUID) -> HttpResponse:
    """Take nothing more off."""
    if request.method == "POST":
        stop_promotion(promotion_id=promotion_id, now=clock.now(), by_name=_by(request))
        return done(request, to="/backoffice/promotions", sentence=_("活动已停止，新订单不再优惠。"))
    return redirect(f"/backoffice/promotions/{promotion_id}")  # someone came back here after logging in again


def _coupon_editor(request: HttpRequest, form: CouponForm, *, kind_id: UUID | None) -> HttpResponse:
    if form.is_bound and form.is_valid():
        publish = request.POST.get("do") == "publish"
        try:
            kind = save_coupon(
                draft=form.draft(), now=clock.now(), by_name=_by(request), kind_id=kind_id, publish=publish
            )
        except Refused as refusal:
            tell_form(form, refusal, names=_COUPON_WORDS)
        else:
            sentence = _("优惠券已发布，顾客可以领取了。") if publish else _("已保存。")
            return done(request, to=f"/backoffice/coupons/{kind.pk}", sentence=sentence)
    context = desk_context(request, form=form, kind_id=kind_id)
    return _page(request, "backoffice/promotions/coupon_edit.html", context, is_bound=form.is_bound)


def _promotion_editor(request: HttpRequest, form: PromotionForm, *, promotion_id: UUID | None) -> HttpResponse:
    if form.is_bound and form.is_valid():
        publish = request.POST.get("do") == "publish"
        try:
            saved = save_promotion(
                draft=form.draft(), now=clock.now(), by_name=_by(request), promotion_id=promotion_id, publish=publish
            )
        except Refused as refusal:
            tell_form(form, refusal, names={"tiers": "from_1"})
        else:
            rivals = overlapping(kind=saved.kind, starts_at=saved.starts_at, ends_at=saved.ends_at, but=saved.pk)
            sentence = _("活动已发布。") if publish else _("已保存。")
            if publish and rivals:
                names = _("、").join(rival.name for rival in rivals)
                sentence += _("注意：同一时间还有%(names)s，一单只按最优惠的算。") % {"names": names}
            return done(request, to="/backoffice/promotions", sentence=sentence)
    context = desk_context(request, form=form, promotion_id=promotion_id)
    return _page(request, "backoffice/promotions/promotion_edit.html", context, is_bound=form.is_bound)


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, is_bound: bool) -> HttpResponse:
    return again(request, template, context) if is_bound else render(request, template, context)


def _choices() -> dict[str, Any]:
    return {"goods": products_to_choose(), "categories": categories_to_choose()}


def _query(request: HttpRequest) -> tuple[str, PromotionFilters]:
    filters = PromotionFilters(request.GET)
    return (filters.cleaned_data["q"] if filters.is_valid() else ""), filters


def _state_in(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in Running.values else ""


def _by(request: HttpRequest) -> str:
    return str(request.person)  # type: ignore[attr-defined]
