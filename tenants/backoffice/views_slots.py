"""送货时段: at which times of day goods are brought, and how many orders each takes."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.lists import Column
from tenants.backoffice.forms_delivery import SlotForm
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.delivery.models import DeliverySlot, WayKind
from tenants.delivery.slots import hours_text
from tenants.delivery.slots_desk import save_slot, slot_with_id, slots_for_desk


@require_safe
@staff_only
def slots(request: HttpRequest) -> HttpResponse:
    """List the slots, and what is taken of them today and tomorrow."""
    listing = Listing(
        _("送货时段"),
        _("没有时段的配送方式，顾客不用约时间。"),
        [
            Column(gettext_lazy("时段")),
            Column(gettext_lazy("配送方式")),
            Column(gettext_lazy("今天已约"), align="num"),
            Column(gettext_lazy("明天已约"), align="num"),
            Column(gettext_lazy("每天可约单数"), align="num"),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        _line,
        (_("还没有送货时段"), _("新增后，顾客下单时选一个时段，约满为止。")),
        icon="clock",
        buttons=[Action(_("新增时段"), reverse("backoffice:delivery-slot-new"), icon="plus", is_main=True)],
        crumbs=[(_("配送设置"), reverse("backoffice:delivery")), (_("送货时段"), "")],
    )
    today = clock.now().astimezone(ZoneInfo(request.store.timezone)).date()  # type: ignore[attr-defined]
    return show_list(request, listing, slots_for_desk(today=today, tomorrow=today + timedelta(days=1)))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def slot_new(request: HttpRequest) -> HttpResponse:
    """Add a slot."""
    return _form(request, SlotForm(request.POST or None), None)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def slot(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Change a slot, or turn it off."""
    return _form(request, SlotForm(request.POST or None, initial=SlotForm.words_of(slot_with_id(slot_id))), slot_id)


def _line(one: DeliverySlot) -> Line:
    return Line(
        [
            Cell(hours_text(one.starts, one.ends), css="lead"),
            Cell(str(WayKind(one.kind).label)),
            Cell(one.today, css="num"),  # type: ignore[attr-defined]  # counted by the selector
            Cell(one.tomorrow, css="num"),  # type: ignore[attr-defined]
            Cell(one.capacity, css="num"),
            Cell(_("已开启") if one.is_on else _("未开启"), tone="good" if one.is_on else "none"),
        ],
        [Action(_("编辑"), reverse("backoffice:delivery-slot", args=[one.pk]))],
    )


def _form(request: HttpRequest, form: SlotForm, slot_id: UUID | None) -> HttpResponse:
    def save(typed: dict[str, Any]) -> tuple[str, str]:
        words = {**typed, "kind": WayKind(typed["kind"])}
        save_slot(**words, now=clock.now(), by_name=by(request), slot_id=slot_id)
        return reverse("backoffice:delivery-slots"), _("已保存。")

    about = _("已经约好的订单不变。")
    title = _("编辑时段") if slot_id else _("新增时段")
    return fill_in(request, Drawer(title, _("保存"), reverse("backoffice:delivery-slots"), about), form, save)
