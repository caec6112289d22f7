"""开团申请: neighbours without a point near, followed up until there is a leader or a no."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.format import moment
from kit.web.lists import Column
from tenants.backoffice.forms_stock import WordFilter
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.leaders.models import PointWish, WishState
from tenants.leaders.point_wishes import count_wishes, follow_wish, wish_with_id, wishes_for_desk

_TONES = {WishState.NEW: "busy", WishState.TOUCHED: "warn", WishState.OPENED: "good", WishState.REFUSED: "none"}
_CHOICES = [(state.value, state.label) for state in (WishState.NEW, WishState.TOUCHED, WishState.REFUSED)]


class FollowForm(forms.Form):
    """How far a wish is."""

    state = forms.ChoiceField(label=gettext_lazy("进展"), choices=_CHOICES)
    note = forms.CharField(label=gettext_lazy("跟进备注"), max_length=120, required=False)


@require_safe
@staff_only
def wishes(request: HttpRequest) -> HttpResponse:
    """List wishes; ``?export=xlsx`` gives them as a spreadsheet."""
    filters = WordFilter(request.GET)
    query, state = filters.word(), request.GET.get("state", "")
    listing = Listing(
        _("开团申请"),
        _("附近没有自提点的邻居留下了电话和小区，联系好了就开成团长。"),
        [
            Column(gettext_lazy("邻居")),
            Column(gettext_lazy("小区")),
            Column(gettext_lazy("想当团长")),
            Column(gettext_lazy("申请时间")),
            Column(gettext_lazy("状态")),
            Column(gettext_lazy("跟进")),
            Column(""),
        ],
        _line,
        (_("还没有开团申请"), _("顾客在“选择自提点”里找不到近的，可以在那里申请。")),
        icon="map-pin",
        states=[("", _("全部")), *WishState.choices],
        crumbs=[(_("团长"), "/backoffice/leaders"), (_("开团申请"), "")],
    )
    found = wishes_for_desk(query=query, state=state if state in WishState.values else "")
    return show_list(request, listing, found, filters=filters, counts=count_wishes(query=query))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def wish(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Say how far a wish is."""
    known = wish_with_id(wish_id)
    form = FollowForm(request.POST or None, initial={"state": known.state, "note": known.note})
    back = reverse("backoffice:wishes")

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        state = WishState(typed["state"])
        follow_wish(wish_id=wish_id, state=state, note=typed["note"], now=clock.now(), by_name=by(request))
        return back, _("已保存。")

    facts = [(_("邻居"), f"{known.name} {known.phone}"), (_("小区"), _place(known)), (_("位置"), _spot(known))]
    return fill_in(request, Drawer(_("跟进开团申请"), _("保存"), back, facts=facts), form, save)


def _line(one: PointWish) -> Line:
    actions = []
    if one.state != WishState.OPENED:
        actions = [
            Action(_("跟进"), reverse("backoffice:wish", args=[one.pk])),
            Action(_("添加为团长"), f"{reverse('backoffice:leader-new')}?wish={one.pk}"),
        ]
    leader = one.leader
    return Line(
        [
            Cell(one.name, sub=one.phone, css="lead"),
            Cell(_place(one)),
            Cell(_("愿意") if one.would_lead else "–"),
            Cell(moment(one.created_at)),
            Cell(one.get_state_display(), tone=_TONES[WishState(one.state)]),
            Cell(leader.name, href=reverse("backoffice:leader", args=[leader.pk]))
            if leader
            else Cell(one.note or "–", sub=one.followed_by),
        ],
        actions,
    )


def _place(one: PointWish) -> str:
    return " ".join(part for part in (one.city, one.estate, one.address) if part)


def _spot(one: PointWish) -> str:
    return f"{one.latitude}, {one.longitude}" if one.latitude is not None else _("没有定位")
