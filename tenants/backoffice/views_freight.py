"""快递运费: to where parcels are sent, what they cost by weight, and whether express is offered."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.tenancy import current_store
from kit.web.answers import again, done
from kit.web.format import money
from kit.web.lists import Column
from kit.web.refusals import tell_form
from tenants.backoffice.forms_freight import NEW_ZONE, ZoneForm
from tenants.backoffice.listing import Action, Cell, Line, Listing, by, show_list
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.delivery.freight import USUAL_GRAMS, weight_text
from tenants.delivery.freight_desk import (
    EXAMPLES,
    ZoneDraft,
    example_fees,
    forget_zone,
    save_zone,
    switch_express,
    zone_with_id,
    zones_for_desk,
)
from tenants.delivery.models import FreightZone, WayKind
from tenants.delivery.ways import offered_ways


@require_safe
@staff_only
def zones(request: HttpRequest) -> HttpResponse:
    """List the zones, and what parcels of some weights cost in each."""
    is_on = any(way.kind == WayKind.EXPRESS for way in offered_ways())
    off = Action(
        _("关闭快递"), reverse("backoffice:freight-off"), is_post=True, ask=_("关闭快递？已经下的单照常发货。")
    )
    switch = off if is_on else Action(_("开启快递"), reverse("backoffice:freight-on"), is_post=True)
    listing = Listing(
        _("快递运费"),
        _("按收货地址所在地区和商品重量算运费，不足一个续重的按一个算。"),
        [
            Column(gettext_lazy("地区")),
            Column(gettext_lazy("首重"), align="num"),
            Column(gettext_lazy("续重"), align="num"),
            Column(gettext_lazy("满免"), align="num"),
            *(Column(weight_text(grams), align="num") for grams in EXAMPLES),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        _line,
        (_("还没有运费地区"), _("新增后就可以开启快递，顾客下单时按地址和重量算运费。")),
        icon="truck",
        buttons=[
            switch,
            Action(_("新增地区"), reverse("backoffice:freight-zone-new"), icon="plus", is_main=True),
        ],
        crumbs=[(_("配送设置"), reverse("backoffice:delivery")), (_("快递运费"), "")],
    )
    weigh = _("没填重量的商品每件按 %(each)s 算；冷藏、冷冻的商品不能走快递。") % {"each": weight_text(USUAL_GRAMS)}
    state = _("快递已开启，顾客下单时可以选。") if is_on else _("快递未开启。")
    return show_list(request, listing, zones_for_desk(), notes=[("info", f"{state}{weigh}")])


def _line(zone: FreightZone) -> Line:
    currency = current_store().currency
    free = "–" if zone.free_from_minor is None else money(zone.free_from_minor, currency)
    return Line(
        [
            Cell(zone.name, sub=_("其他所有地方") if zone.is_default else "、".join(zone.words), css="lead"),
            Cell(f"{weight_text(zone.first_grams)} {money(zone.first_minor, currency)}", css="num"),
            Cell(f"{weight_text(zone.step_grams)} {money(zone.step_minor, currency)}", css="num"),
            Cell(free, css="num"),
            *(Cell(money(fee, currency), css="num") for _grams, fee in example_fees(zone)),
            Cell(_("可以寄到") if zone.is_on else _("暂不配送"), tone="good" if zone.is_on else "none"),
        ],
        [
            Action(_("编辑"), reverse("backoffice:freight-zone", args=[zone.pk])),
            Action(_("删除"), reverse("backoffice:freight-zone-remove", args=[zone.pk]), is_post=True),
        ],
    )


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def zone_new(request: HttpRequest) -> HttpResponse:
    """Add a zone."""
    return _form(request, ZoneForm(request.POST or None, initial=NEW_ZONE), None)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def zone(request: HttpRequest, zone_id: UUID) -> HttpResponse:
    """Change a zone, or send nothing there for now."""
    return _form(request, ZoneForm(request.POST or None, initial=ZoneForm.words_of(zone_with_id(zone_id))), zone_id)


def _form(request: HttpRequest, form: ZoneForm, zone_id: UUID | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save_zone(draft=form.draft(), now=clock.now(), by_name=by(request), zone_id=zone_id)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("backoffice:freight"), sentence=_("已保存。"))
    context = desk_context(
        request,
        form=form,
        page_title=_("编辑地区") if zone_id else _("新增地区"),
        **_example(zone_with_id(zone_id) if zone_id else None),
    )
    template = "backoffice/delivery/zone.html"
    return again(request, template, context) if request.method == "POST" else render(request, template, context)


@require_safe
@staff_only
def example(request: HttpRequest) -> HttpResponse:
    """Say what parcels of some weights would cost by what is typed at this moment."""
    # Whatever the name and the places are: the price goes by the four numbers alone
    form = ZoneForm({**request.GET.dict(), "name": "-", "words": "", "free_from_minor": ""})
    typed = form.draft() if form.is_valid() else None
    return render(request, "backoffice/delivery/_fees.html", _example(typed))


@require_POST
@staff_only
@changers_only
def zone_remove(request: HttpRequest, zone_id: UUID) -> HttpResponse:
    """Delete a zone."""
    forget_zone(zone_id=zone_id, now=clock.now(), by_name=by(request))
    return done(request, to=reverse("backoffice:freight"), sentence=_("已删除。"))


@require_POST
@staff_only
@changers_only
def switch(request: HttpRequest, is_on: bool) -> HttpResponse:
    """Offer express, or no longer."""
    switch_express(is_on=is_on, now=clock.now(), by_name=by(request))
    sentence = _("快递已开启。") if is_on else _("快递已关闭，已经下的单照常发货。")
    return done(request, to=reverse("backoffice:freight"), sentence=sentence)


def _example(zone: ZoneDraft | FreightZone | None) -> dict[str, Any]:
    fees = [(weight_text(grams), fee) for grams, fee in example_fees(zone)] if zone else []
    return {"fees": fees, "currency": current_store().currency}
