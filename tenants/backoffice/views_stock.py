"""库存: what is there, what came in, what was counted."""

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
from tenants.backoffice.forms_products import CountForm, ReceiveForm, StockFilters
from tenants.backoffice.shell import desk_context
from tenants.catalog.selectors import covers_of
from tenants.inventory.selectors import FEW, counts_by_level, moves_of, sku_with_stock, skus_with_stock
from tenants.inventory.services.adjust_stock import adjust_stock
from tenants.inventory.services.receive_stock import receive_stock

COLUMNS = [
    Column(gettext_lazy("商品"), sort="title"),
    Column(gettext_lazy("实有"), sort="on_hand", align="num"),
    Column(gettext_lazy("订单占用"), sort="reserved", align="num"),
    Column(gettext_lazy("可售"), sort="left", align="num"),
    Column(""),
]
SORTS = {"title": "product__title", "on_hand": "on_hand", "reserved": "reserved", "left": "left"}
LEVELS = [("", gettext_lazy("全部")), ("none", gettext_lazy("缺货")), ("few", gettext_lazy("快没了"))]


@require_safe
@staff_only
def stock(request: HttpRequest) -> HttpResponse:
    """List SKUs with what is there, promised and left."""
    filters = StockFilters(request.GET)
    query = filters.cleaned_data["q"] if filters.is_valid() else ""
    found = skus_with_stock(query=query, level=request.GET.get("level", ""))
    rows = page_of(found.order_by(*ordering(request.GET, allowed=SORTS, default="left")), request.GET)
    covers = covers_of({sku.product_id for sku in rows})
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        lines=[(sku, covers.get(sku.product_id)) for sku in rows],
        filters=filters,
        is_filtered=bool(query),
        few=FEW,
        tabs=state_tabs(request.GET, states=LEVELS, counts=counts_by_level(query=query), parameter="level"),
    )
    return render(request, "backoffice/stock/list.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
def receive(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Add pieces that came in."""
    sku = sku_with_stock(sku_id)
    form = ReceiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            after = receive_stock(
                sku_id=sku_id,
                quantity=form.cleaned_data["quantity"],
                reason=form.cleaned_data["reason"],
                by_name=str(request.person),  # type: ignore[attr-defined]
                now=clock.now(),
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
    form = CountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            after = adjust_stock(
                sku_id=sku_id,
                counted=form.cleaned_data["counted"],
                reason=form.cleaned_data["reason"],
                by_name=str(request.person),  # type: ignore[attr-defined]
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            sentence = _("已按盘点改为 %(n)s 件。") % {"n": after.on_hand}
            return done(request, to=reverse("backoffice:stock"), sentence=sentence)
    return _drawer(request, "backoffice/stock/count.html", sku=sku, form=form)


@require_safe
@staff_only
def moves(request: HttpRequest, sku_id: UUID) -> HttpResponse:
    """Show how a SKU's stock came about."""
    context = desk_context(request, sku=sku_with_stock(sku_id), moves=moves_of(sku_id))
    return render(request, "backoffice/stock/moves.html", context)


def _drawer(request: HttpRequest, template: str, **words: Any) -> HttpResponse:
    context = desk_context(request, **words)
    return again(request, template, context) if request.method == "POST" else render(request, template, context)
