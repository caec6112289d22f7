"""仓库 and 调拨: where goods lie, and how they get from one place to another."""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.lists import Column
from tenants.backoffice.forms_stock import ArrivalForm, SourcingForm, TransferForm, WarehouseForm, WordFilter
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.inventory.models import (
    DEFAULT_WAREHOUSE,
    Transfer,
    TransferState,
    Warehouse,
    WarehouseKind,
    WarehouseState,
)
from tenants.inventory.selectors import (
    sku_with_stock,
    sourcing_rule,
    transfers_for_desk,
    warehouse_with_id,
    warehouses,
    warehouses_with_pieces,
)
from tenants.inventory.services.save_warehouse import (
    WarehouseDraft,
    keep_default_warehouse,
    save_sourcing_rule,
    save_warehouse,
)
from tenants.inventory.services.transfer_stock import TransferMissing, receive_transfer, send_transfer

_WORDS = ("name", "kind", "city", "address", "latitude", "longitude", "state", "serves_orders")


@require_safe
@staff_only
def places(request: HttpRequest) -> HttpResponse:
    """List the warehouses."""
    keep_default_warehouse(now=clock.now())
    filters = WordFilter(request.GET)
    found = warehouses_with_pieces().filter(name__icontains=filters.word())
    listing = Listing(
        _("仓库"),
        _("货放在哪里。下单默认从默认仓库出货。"),
        [
            Column(gettext_lazy("仓库")),
            Column(gettext_lazy("类型")),
            Column(gettext_lazy("地址")),
            Column(gettext_lazy("商品种类"), align="num"),
            Column(gettext_lazy("件数"), align="num"),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        _place_line,
        (_("没有找到仓库"), _("换个词再找找。")),
        icon="warehouse",
        buttons=[
            Action(_("发货规则"), reverse("backoffice:sourcing-rule")),
            Action(_("新增仓库"), reverse("backoffice:warehouse-new"), icon="plus", is_main=True),
        ],
    )
    return show_list(request, listing, found, filters=filters)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def place_new(request: HttpRequest) -> HttpResponse:
    """Open a warehouse."""
    return _place_form(request, WarehouseForm(request.POST or None), None)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def place(request: HttpRequest, warehouse_id: UUID) -> HttpResponse:
    """Change a warehouse."""
    known = warehouse_with_id(warehouse_id)
    form = WarehouseForm(request.POST or None, initial={name: getattr(known, name) for name in _WORDS})
    return _place_form(request, form, warehouse_id)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def sourcing(request: HttpRequest) -> HttpResponse:
    """Say what happens when no warehouse has all of an order."""
    form = SourcingForm(request.POST or None, initial={"may_split": sourcing_rule().may_split})

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        save_sourcing_rule(may_split=typed["may_split"], by_name=by(request), now=clock.now())
        return reverse("backoffice:warehouses"), _("已保存。")

    about = _("订单由离自提点最近、货够的仓或门店发，原因记在订单上。")
    return fill_in(request, Drawer(_("发货规则"), _("保存"), reverse("backoffice:warehouses"), about), form, save)


@require_safe
@staff_only
def transfers(request: HttpRequest) -> HttpResponse:
    """List what travels between warehouses."""
    filters = WordFilter(request.GET)
    found = transfers_for_desk(query=filters.word(), state=request.GET.get("state", ""))
    every = transfers_for_desk(query=filters.word()).order_by()
    counts = {row["state"]: row["n"] for row in every.values("state").annotate(n=Count("pk"))}
    listing = Listing(
        _("调拨"),
        _("从一个仓库发到另一个仓库，收到多少记多少。"),
        [
            Column(gettext_lazy("商品")),
            Column(gettext_lazy("从")),
            Column(gettext_lazy("到")),
            Column(gettext_lazy("发出"), align="num"),
            Column(gettext_lazy("实收"), align="num"),
            Column(gettext_lazy("状态")),
            Column(gettext_lazy("时间")),
            Column(""),
        ],
        _transfer_line,
        (_("还没有调拨"), _("在库存列表里点“调拨”，把货发到另一个仓库。")),
        icon="truck",
        buttons=[Action(_("去库存"), reverse("backoffice:stock"), is_drawer=False)],
        states=[("", _("全部")), *TransferState.choices],
    )
    return show_list(request, listing, found, filters=filters, counts={"": sum(counts.values()), **counts})


@require_http_methods(["GET", "POST"])
@staff_only
def transfer_new(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Send pieces of a SKU to another warehouse."""
    keep_default_warehouse(now=clock.now())
    sku = sku_with_stock(sku_id)
    form = TransferForm(request.POST or None, places=warehouses(is_open=True), initial={"warehouse": DEFAULT_WAREHOUSE})

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        send_transfer(
            sku_id=sku_id,
            quantity=typed["quantity"],
            from_id=typed["warehouse"],
            to_id=typed["to_warehouse"],
            lot=typed["lot"],
            note=typed["note"],
            key=typed["key"],
            by_name=by(request),
            now=clock.now(),
        )
        return reverse("backoffice:transfers"), _("已发出，等对方收货。")

    drawer = Drawer(_("调拨"), _("发出"), reverse("backoffice:stock"), f"{sku.product.title} {sku.label}")
    return fill_in(request, drawer, form, save)


@require_http_methods(["GET", "POST"])
@staff_only
def transfer_receive(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Say how much of a transfer arrived."""
    transfer = transfers_for_desk().filter(pk=transfer_id).first()
    if transfer is None:
        raise TransferMissing
    form = ArrivalForm(request.POST or None, initial={"received": transfer.quantity})

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        receive_transfer(
            transfer_id=transfer_id,
            received=typed["received"],
            note=typed["note"],
            by_name=by(request),
            now=clock.now(),
        )
        return reverse("backoffice:transfers"), _("已收货入库。")

    about = f"{transfer.sku.product.title} {transfer.sku.label}"
    facts = [
        (_("从"), transfer.from_warehouse.name),
        (_("到"), transfer.to_warehouse.name),
        (_("发出"), transfer.quantity),
    ]
    return fill_in(
        request, Drawer(_("调拨收货"), _("确认收货"), reverse("backoffice:transfers"), about, facts), form, save
    )


def _place_line(one: Warehouse) -> Line:
    tone = "good" if one.state == WarehouseState.OPEN else "none"
    return Line(
        [
            Cell(one.name, sub=_serves(one), css="lead"),
            Cell(one.get_kind_display()),
            Cell(f"{one.city}{one.address}" or "–"),
            Cell(one.kinds, css="num"),  # type: ignore[attr-defined]
            Cell(one.pieces, css="num"),  # type: ignore[attr-defined]
            Cell(one.get_state_display(), tone=tone),
        ],
        [
            Action(_("看库存"), f"{reverse('backoffice:stock')}?warehouse={one.pk}", is_drawer=False),
            Action(_("编辑"), reverse("backoffice:warehouse", args=[one.pk])),
        ],
    )


def _serves(one: Warehouse) -> str:
    if one.is_default:
        return _("下单默认从这里出货")
    return _("离得近、货够时从这里出货") if one.serves_orders else ""


def _transfer_line(one: Transfer) -> Line:
    is_sent = one.state == TransferState.SENT
    sku = one.sku
    return Line(
        [
            Cell(sku.product.title, sub=f"{sku.label} {one.batch.lot if one.batch else ''}", css="lead"),
            Cell(one.from_warehouse.name),
            Cell(one.to_warehouse.name),
            Cell(one.quantity, css="num"),
            Cell("–" if one.received is None else one.received, sub=one.note, css="num"),
            Cell(one.get_state_display(), tone="busy" if is_sent else "good"),
            Cell(one.sent_at.date(), sub=one.sent_by),
        ],
        [Action(_("收货"), reverse("backoffice:transfer-receive", args=[one.pk]))] if is_sent else [],
    )


def _place_form(request: HttpRequest, form: WarehouseForm, warehouse_id: UUID | None) -> HttpResponse:
    def save(typed: dict[str, Any]) -> tuple[str, str]:
        words = typed | {"kind": WarehouseKind(typed["kind"]), "state": WarehouseState(typed["state"])}
        draft = WarehouseDraft(**words)
        save_warehouse(draft=draft, by_name=by(request), now=clock.now(), warehouse_id=warehouse_id)
        return reverse("backoffice:warehouses"), _("已保存。")

    title = _("编辑仓库") if warehouse_id else _("新增仓库")
    return fill_in(request, Drawer(title, _("保存"), reverse("backoffice:warehouses")), form, save)
