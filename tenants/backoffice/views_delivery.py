"""配送设置, and what is brought to the door: sent on its way, brought."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.answers import done
from kit.web.lists import Column
from tenants.backoffice.forms_delivery import DispatchForm, TrackingForm, WayForm
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.delivery.models import DeliveryWay, WayKind
from tenants.delivery.ways import all_ways, cheapest_zone, save_way, words_about
from tenants.fulfilment.services.dispatch import NotToDispatch, Tracking, dispatch_order
from tenants.journal.services import Actor
from tenants.orders.models import Order
from tenants.orders.selectors import order_for_desk
from tenants.sales.services.deliver_order import deliver_order


@require_safe
@staff_only
def ways(request: HttpRequest) -> HttpResponse:
    """List the ways to the door."""
    listing = Listing(
        _("配送设置"),
        _("到点自提总是可以，这里设置送货上门的方式。"),
        [Column(gettext_lazy("方式")), Column(gettext_lazy("收费和范围")), Column(gettext_lazy("状态")), Column("")],
        _line,
        (_("没有配送方式"), ""),
        icon="truck",
        buttons=[Action(_("送货时段"), reverse("backoffice:delivery-slots"))],
        crumbs=[(_("团长"), "/backoffice/leaders"), (_("配送设置"), "")],
    )
    return show_list(request, listing, all_ways())


def _line(way: DeliveryWay) -> Line:
    return Line(
        [
            Cell(str(WayKind(way.kind).label), css="lead"),
            Cell(words_about(way, cheapest_zone() if way.kind == WayKind.EXPRESS else None)),
            Cell(_("已开启") if way.is_on else _("未开启"), tone="good" if way.is_on else "none"),
        ],
        [_set(way)],
    )


def _set(way: DeliveryWay) -> Action:
    if way.kind == WayKind.EXPRESS:
        return Action(_("运费设置"), reverse("backoffice:freight"), is_drawer=False)
    return Action(_("设置"), reverse("backoffice:delivery-way", args=[way.kind]))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def way(request: HttpRequest, way_kind: str) -> HttpResponse:
    """Set one way."""
    if way_kind == WayKind.EXPRESS:
        return redirect("backoffice:freight")
    known = next((one for one in all_ways() if one.kind == way_kind), None) or DeliveryWay(kind=WayKind.LEADER_HOME)
    form = WayForm(request.POST or None, initial=WayForm.words_of(known))

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        save_way(
            kind=WayKind(known.kind),
            is_on=typed["is_on"],
            fee_minor=typed["fee_minor"] or 0,
            free_from_minor=typed["free_from_minor"],
            reach_m=typed["reach_m"],
            now=clock.now(),
            by_name=by(request),
        )
        return reverse("backoffice:delivery"), _("已保存。")

    about = _("已经下的单按下单时的配送费算。")
    title = str(WayKind(known.kind).label)
    return fill_in(request, Drawer(title, _("保存"), reverse("backoffice:delivery"), about), form, save)


@require_http_methods(["GET", "POST"])
@staff_only
def dispatch(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Send an order on its way."""
    order = order_for_desk(order_id)
    if not order.is_delivered:
        raise NotToDispatch
    if order.delivery == WayKind.EXPRESS:
        return _send(request, order)
    form = DispatchForm(request.POST or None, initial={"note": order.dispatch_note})

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        dispatch_order(order_id=order.pk, note=typed["note"], actor=_actor(request), now=clock.now())
        return _page(order), _("已标记为配送中。")

    about = _("发出后整单取消不再退配送费。")
    if order.slot:
        about = f"{_('约定时段')} {order.slot['text']} · {about}"
    return fill_in(request, Drawer(_("发出配送"), _("确认发出"), _page(order), about), form, save)


def _send(request: HttpRequest, order: Order) -> HttpResponse:
    """An express leaves with its courier and number; sent already, they are put right."""
    known = {"courier": order.courier, "number": order.tracking_number}
    form = TrackingForm(request.POST or None, initial=known)

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        tracking = Tracking(typed["courier"], typed["number"])
        dispatch_order(order_id=order.pk, tracking=tracking, actor=_actor(request), now=clock.now())
        return _page(order), _("快递信息已更正。") if order.dispatched_at else _("已发货。")

    if order.dispatched_at:
        drawer = Drawer(_("更正快递"), _("保存"), _page(order), _("更正前后的单号都留在订单动态里。"))
    else:
        drawer = Drawer(_("发出快递"), _("确认发出"), _page(order), _("发出后整单取消不再退配送费。"))
    return fill_in(request, drawer, form, save)


def _page(order: Order) -> str:
    return reverse("backoffice:order", args=[order.pk])


def _actor(request: HttpRequest) -> Actor:
    return Actor(kind="person", id=str(request.person.pk), name=by(request))  # type: ignore[attr-defined]


@require_POST
@staff_only
def brought(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Note that an order was brought."""
    order = deliver_order(order_id=order_id, by_name=by(request), now=clock.now())
    return done(request, to=reverse("backoffice:order", args=[order.pk]), sentence=_("已标记为送达。"))
