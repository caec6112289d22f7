"""库存: what is there, what came in, what was counted, and why so much of it can be sold."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, ordering, page_of, state_tabs
from kit.web.refusals import tell_form
from tenants.analytics.stock import explain_stock
from tenants.backoffice.forms_stock import CountForm, LimitsForm, LossForm, ReceiveForm, StockFilters
from tenants.backoffice.listing import Cell, Drawer, by, fill_in, whole
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.catalog.selectors import covers_of
from tenants.inventory.models import DEFAULT_WAREHOUSE
from tenants.inventory.selectors import (
    FEW,
    counts_by_level,
    moves_of,
    sku_with_stock,
    skus_with_stock,
    stocks_of,
    warehouses,
)
from tenants.inventory.services.adjust_stock import adjust_stock, lose_stock
from tenants.inventory.services.receive_stock import receive_stock
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.inventory.services.set_limits import set_limits

COLUMNS = [
    Column(gettext_lazy("商品"), sort="title"),
    Column(gettext_lazy("实有"), sort="on_hand", align="num"),
    Column(gettext_lazy("订单占用"), sort="reserved", align="num"),
    Column(gettext_lazy("停售"), sort="held", align="num"),
    Column(gettext_lazy("可售"), sort="left", align="num"),
    Column(""),
]
SORTS = {"title": "product__title", "on_hand": "on_hand", "reserved": "reserved", "held": "held", "left": "left"}
LEVELS = [("", gettext_lazy("全部")), ("none", gettext_lazy("缺货")), ("few", gettext_lazy("快没了"))]


@require_safe
@staff_only
def stock(request: HttpRequest) -> HttpResponse:
    """List SKUs with what is there, promised, held back and left; ``?export=xlsx`` gives them as a spreadsheet."""
    filters = StockFilters(request.GET, places=_places())
    asked = filters.wanted()
    found = skus_with_stock(**asked, level=request.GET.get("level", ""))
    found = found.order_by(*ordering(request.GET, allowed=SORTS, default="left"))
    if request.GET.get("export") == "xlsx":
        heads = [_("商品"), _("规格"), _("商品编码"), _("实有"), _("订单占用"), _("停售"), _("可售")]
        return whole(_("库存"), heads, found, lambda piece: map(_cells, piece))
    rows = page_of(found, request.GET)
    covers = covers_of({sku.product_id for sku in rows})
    more = request.GET.copy()
    more["export"] = "xlsx"
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        lines=[(sku, covers.get(sku.product_id)) for sku in rows],
        filters=filters,
        is_filtered=bool(asked["query"] or asked["warehouse_id"]),
        few=FEW,
        export=f"?{more.urlencode()}",
        tabs=state_tabs(request.GET, states=LEVELS, counts=counts_by_level(**asked), parameter="level"),
    )
    return render(request, "backoffice/stock/list.html", context)


@require_safe
@staff_only
def explained(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Say why so many pieces of a SKU can be sold."""
    context = desk_context(request, sku=sku_with_stock(sku_id), why=explain_stock(sku_id))
    return render(request, "backoffice/stock/explained.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
def receive(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Add pieces that came in."""
    sku = sku_with_stock(sku_id)
    form = ReceiveForm(request.POST or None, places=_places(), initial={"warehouse": DEFAULT_WAREHOUSE})
    if request.method == "POST" and form.is_valid():
        try:
            after = receive_stock(
                sku_id=sku_id,
                quantity=form.cleaned_data["quantity"],
                reason=form.cleaned_data["reason"],
                by_name=by(request),
                now=clock.now(),
                warehouse_id=form.cleaned_data["warehouse"],
                batch=form.batch(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            sentence = _("已入库，现在实有 %(n)s 件。") % {"n": after.on_hand}
            return done(request, to=reverse("backoffice:stock"), sentence=sentence)
    return _drawer(request, "backoffice/stock/receive.html", sku=sku, form=form)


@require_http_methods(["GET", "POST"])
@staff_only
def count(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Set what is there to what was counted."""
    sku = sku_with_stock(sku_id)
    form = CountForm(request.POST or None, places=_places(), initial={"warehouse": DEFAULT_WAREHOUSE})
    if request.method == "POST" and form.is_valid():
        try:
            after = adjust_stock(
                sku_id=sku_id,
                counted=form.cleaned_data["counted"],
                reason=form.cleaned_data["reason"],
                by_name=by(request),
                now=clock.now(),
                warehouse_id=form.cleaned_data["warehouse"],
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            sentence = _("已按盘点改为 %(n)s 件。") % {"n": after.on_hand}
            return done(request, to=reverse("backoffice:stock"), sentence=sentence)
    return _drawer(request, "backoffice/stock/count.html", sku=sku, form=form)


@require_http_methods(["GET", "POST"])
@staff_only
def lose(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Write off what is spoilt, broken or gone."""
    sku = sku_with_stock(sku_id)
    form = LossForm(request.POST or None, places=_places(), initial={"warehouse": DEFAULT_WAREHOUSE})

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        after = lose_stock(
            sku_id=sku_id,
            quantity=typed["quantity"],
            reason=" ".join((typed["why"], typed["note"])).strip(),
            by_name=by(request),
            now=clock.now(),
            warehouse_id=typed["warehouse"],
        )
        return reverse("backoffice:stock"), _("已报损，现在实有 %(n)s 件。") % {"n": after.on_hand}

    facts = [(_("实有"), sku.on_hand), (_("可售"), sku.left)]  # type: ignore[attr-defined]
    about = f"{sku.product.title} {sku.label}"
    drawer = Drawer(_("报损"), _("确认报损"), reverse("backoffice:stock"), about, facts, is_danger=True)
    return fill_in(request, drawer, form, save)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def limits(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Set from when on a SKU is scarce, and how much of it may be sold ahead."""
    sku = sku_with_stock(sku_id)
    first = next((one for one in stocks_of(sku_id) if one.warehouse_id == DEFAULT_WAREHOUSE), None)
    usual = {"warehouse": DEFAULT_WAREHOUSE, "low_at": first and first.low_at, "planned": first.planned if first else 0}
    form = LimitsForm(request.POST or None, places=_places(), initial=usual)

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        set_limits(
            sku_id=sku_id,
            low_at=typed["low_at"],
            planned=typed["planned"],
            by_name=by(request),
            now=clock.now(),
            warehouse_id=typed["warehouse"],
        )
        return reverse("backoffice:stock"), _("已保存。")

    about = f"{sku.product.title} {sku.label}"
    return fill_in(request, Drawer(_("提醒和预售"), _("保存"), reverse("backoffice:stock"), about), form, save)


@require_safe
@staff_only
def moves(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Show how a SKU's stock came about."""
    context = desk_context(request, sku=sku_with_stock(sku_id), moves=moves_of(sku_id))
    return render(request, "backoffice/stock/moves.html", context)


def _drawer(request: HttpRequest, template: str, **words: Any) -> HttpResponse:
    context = desk_context(request, **words)
    return again(request, template, context) if request.method == "POST" else render(request, template, context)


def _places() -> list[Any]:
    keep_default_warehouse(now=clock.now())
    return warehouses(is_open=True)


def _cells(sku: Any) -> list[Cell]:
    counted = (Cell(getattr(sku, name)) for name in ("on_hand", "reserved", "held", "left"))
    return [Cell(sku.product.title), Cell(sku.label), Cell(sku.code or ""), *counted]
