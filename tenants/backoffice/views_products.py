"""商品: the list, the shelf and the prices."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.merchants.limits import PlanLimitReached
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import done, say
from kit.web.downloads import sent
from kit.web.lists import Column, ordering, page_of, state_tabs
from kit.web.refusals import STATUS, tell_form
from tenants.backoffice.forms_products import PriceForm, ProductFilters
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.backoffice.views_many import UNDO, ids_in, undone
from tenants.catalog.models import Product, ProductState
from tenants.catalog.selectors import counts_by_state, products_matching, ranked, with_shown_parts
from tenants.catalog.services.change_many import change_many
from tenants.catalog.services.change_prices import PriceChange, PricesMoved, change_prices, price_changes
from tenants.catalog.services.set_state import set_state
from tenants.inventory.selectors import products_with_stock
from tenants.inventory.services.export_stocked_goods import export_stocked_goods
from tenants.wishes.selectors import with_people_waiting

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TABS = (ProductState.ON_SALE, ProductState.OFF_SHELF, ProductState.DRAFT)
STATES = [("", gettext_lazy("全部")), *((state.value, state.label) for state in _TABS)]
COLUMNS = [
    Column(gettext_lazy("商品"), sort="title"),
    Column(gettext_lazy("分类")),
    Column(gettext_lazy("售价"), sort="price", align="num"),
    Column(gettext_lazy("可售库存"), sort="stock", align="num"),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("更新"), sort="updated"),
    Column(""),
]
SORTS = {"title": "title", "price": "lowest_minor", "stock": "available", "updated": "updated_at"}
_SHELF = {"on": ProductState.ON_SALE, "off": ProductState.OFF_SHELF}
_ONWARD = {"price": "backoffice:product-prices", "many": "backoffice:products-many"}


@require_safe
@staff_only
def products(request: HttpRequest) -> HttpResponse:
    """List products by state, words and category."""
    filters = ProductFilters(request.GET)
    wanted = filters.wanted()
    state = request.GET.get("state", "")
    found = products_with_stock(products_matching(**wanted, state=state if state in ProductState.values else ""))
    sorted_by = ordering(request.GET, allowed=SORTS, default="-updated")
    if wanted["query"] and "sort" not in request.GET:
        found, sorted_by = ranked(found, query=wanted["query"]), ["rank", *sorted_by]
    found = with_people_waiting(with_shown_parts(found))
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=page_of(found.order_by(*sorted_by), request.GET),
        filters=filters,
        is_filtered=any(wanted.values()),
        tabs=state_tabs(request.GET, states=STATES, counts=counts_by_state(products_matching(**wanted))),
        query=request.GET.urlencode(),
    )
    return render(request, "backoffice/products/list.html", context)


@require_safe
@staff_only
@changers_only
def export(request: HttpRequest) -> HttpResponse:
    """Give the products that the list shows now as an .xlsx."""
    state = request.GET.get("state", "")
    state = state if state in ProductState.values else ""
    parts = export_stocked_goods(**ProductFilters(request.GET).wanted(), state=state)
    return sent(parts, name=f"{_('商品')}-{clock.now():%Y%m%d}.xlsx")


@require_POST
@staff_only
@changers_only
def batch(request: HttpRequest) -> HttpResponse:
    """Put the picked products on or off the shelf, or go on to their prices."""
    action = next((word for word in _SHELF if word in request.POST), request.POST.get("action", ""))
    # The button in a row names its own product; the bar below speaks for the picked ones
    ids = ids_in(request.POST.getlist(action) or request.POST.getlist("ids"))
    back = _back(request)
    if not ids:
        say(request, _("先勾选商品，再做批量操作。"), tone="warning")
        return redirect(back)
    if action in _ONWARD:
        query = "&".join(f"ids={one}" for one in ids)
        return redirect(f"{reverse(_ONWARD[action])}?{query}")
    state = _SHELF.get(action, ProductState.OFF_SHELF)
    try:
        former = set_state(product_ids=ids, state=state, now=clock.now(), by_name=str(request.person))  # type: ignore[attr-defined]
    except PlanLimitReached as refusal:
        return limit_page(request, refusal)
    if not former:
        say(request, _("选中的商品本来就是这个状态。"), tone="info")
        return redirect(back)
    request.session[UNDO] = {"states": {str(product_id): old for product_id, old in former.items()}}
    sentence = (
        ngettext("已上架 %(n)d 个商品。", "已上架 %(n)d 个商品。", len(former))
        if state == ProductState.ON_SALE
        else ngettext("已下架 %(n)d 个商品。", "已下架 %(n)d 个商品。", len(former))
    )
    return done(request, to=back, sentence=sentence % {"n": len(former)}, undo=reverse("backoffice:products-undo"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def prices(request: HttpRequest) -> HttpResponse:
    """Show what a percentage does to the picked products' prices, then do it."""
    asked = request.POST if request.method == "POST" else request.GET
    ids = ids_in(asked.getlist("ids"))
    form = PriceForm(asked if "percent" in asked else None)
    changes: list[PriceChange] = []
    status = 200
    if form.is_bound and form.is_valid():
        try:
            changes = price_changes(product_ids=ids, percent_ppm=form.percent_ppm(), ending=form.cleaned_data["ending"])
            if request.method == "POST":
                return _change(request, changes)
        except Refused as refusal:
            tell_form(form, refusal)
            status = STATUS[refusal.kind]
    elif form.is_bound:
        status = STATUS[PricesMoved.kind] if request.method == "POST" else 200
    context = desk_context(
        request,
        form=form,
        ids=ids,
        changes=changes,
        seen=_seal(changes),
        chosen=Product.objects.filter(pk__in=ids).count(),
        crumbs=[(_("商品"), reverse("backoffice:products")), (_("批量改价"), "")],
    )
    return render(request, "backoffice/products/prices.html", context, status=status)


@require_POST
@staff_only
@changers_only
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last batch back."""
    last: dict[str, Any] = request.session.pop(UNDO, {})
    now, by_name = clock.now(), str(request.person)  # type: ignore[attr-defined]
    for state in ProductState:
        ids = [UUID(one) for one, old in last.get("states", {}).items() if old == state]
        if ids:
            set_state(product_ids=ids, state=state, now=now, by_name=by_name)
    if "prices" in last:
        back = [PriceChange(UUID(one), "", label, was, price) for one, label, was, price in last["prices"]]
        change_prices(changes=back, now=now, by_name=by_name)
    if "many" in last:
        change_many(changes=undone(last["many"]), now=now, by_name=by_name)
    sentence = _("已撤销。") if last else _("没有可以撤销的操作了。")
    return done(request, to=_back(request), sentence=sentence)


def download(content: bytes, *, name: str, content_type: str = XLSX) -> HttpResponse:
    """Answer with a file to be saved under ``name``."""
    headers = {"Content-Disposition": content_disposition_header(True, name), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def limit_page(request: HttpRequest, refusal: PlanLimitReached) -> HttpResponse:
    """Show that the plan allows no more SKUs, and the way to more."""
    context = desk_context(request, limit=refusal.facts["limit"], used=refusal.facts["used"])
    return render(request, "backoffice/products/limit.html", context, status=STATUS[refusal.kind])


def _change(request: HttpRequest, changes: Sequence[PriceChange]) -> HttpResponse:
    # What is written is what was seen: the seal covers every old and new price of the preview
    if request.POST.get("seen") != _seal(changes):
        raise PricesMoved
    changed = change_prices(changes=changes, now=clock.now(), by_name=str(request.person))  # type: ignore[attr-defined]
    request.session[UNDO] = {
        "prices": [[str(one.sku_id), one.label, one.price_minor, one.was_minor] for one in changes]
    }
    sentence = ngettext("已改 %(n)d 个规格的售价。", "已改 %(n)d 个规格的售价。", changed) % {"n": changed}
    return done(request, to=reverse("backoffice:products"), sentence=sentence, undo=reverse("backoffice:products-undo"))


def _seal(changes: Sequence[PriceChange]) -> str:
    lines = sorted(f"{one.sku_id}:{one.was_minor}:{one.price_minor}" for one in changes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _back(request: HttpRequest) -> str:
    # The list with its filters, if that is where the batch began
    query = request.POST.get("back", "")
    return reverse("backoffice:products") + (f"?{query}" if query else "")
