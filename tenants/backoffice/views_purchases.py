"""采购: suppliers, what is ordered from them, what came, what goes back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.ports.storage import read_file
from kit.web.answers import again, done
from kit.web.lists import Column
from kit.web.refusals import tell_form
from tenants.backoffice.forms_purchases import ConfirmForm, DeliveryForm, PurchaseForm, SendBackForm, SupplierForm
from tenants.backoffice.forms_stock import WordFilter
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list, xlsx
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.inventory.models import MoveKind
from tenants.inventory.selectors import batch_with_id, store_day, warehouses
from tenants.inventory.services.adjust_stock import lose_stock
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.purchasing.models import OPEN_STATES, PurchaseOrder, PurchaseState, Supplier, SupplierState
from tenants.purchasing.photos import photo_of_delivery
from tenants.purchasing.selectors import (
    PurchaseMissing,
    licences_ending,
    needs,
    purchase_by_link,
    purchase_with_id,
    purchases_for_desk,
    signature_of,
    supplier_with_id,
    suppliers_for_desk,
    suppliers_to_choose,
)
from tenants.purchasing.services.order_goods import close_purchase, confirm_purchase, draft_purchase, send_purchase
from tenants.purchasing.services.receive_delivery import Arrived, receive_delivery
from tenants.purchasing.services.save_supplier import SupplierDraft, save_supplier

_TONES = {"sent": "busy", "accepted": "good", "partly": "warn", "arriving": "busy", "received": "good"}
_COVER_DAYS = 3
_SUPPLIER_WORDS = ("name", "contact", "phone", "terms", "licence_no", "licence_expires_on", "state")


@require_safe
@staff_only
def suppliers(request: HttpRequest) -> HttpResponse:
    """List suppliers."""
    filters = WordFilter(request.GET)
    today = store_day(clock.now())

    def line_of(one: Supplier) -> Line:
        ends = one.licence_expires_on
        is_soon = ends is not None and ends <= today + timedelta(days=30)
        return Line(
            [
                Cell(one.name, sub=one.terms, css="lead"),
                Cell(one.contact or "–", sub=one.phone),
                Cell(ends or "–", sub=(_("已过期") if ends < today else _("快到期")) if ends and is_soon else ""),
                Cell(one.purchases, css="num"),  # type: ignore[attr-defined]
                Cell(one.get_state_display(), tone="good" if one.state == SupplierState.ACTIVE else "none"),
            ],
            [Action(_("编辑"), reverse("backoffice:supplier", args=[one.pk]))],
        )

    ending = licences_ending(today=today)
    listing = Listing(
        _("供应商"),
        _("谁供的货、证照什么时候到期，都记在这里。"),
        [
            Column(gettext_lazy("供应商")),
            Column(gettext_lazy("联系人")),
            Column(gettext_lazy("许可证到期日")),
            Column(gettext_lazy("采购单"), align="num"),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        line_of,
        (_("还没有供应商"), _("先加一个供应商，再下采购单。")),
        icon="truck",
        buttons=[
            Action(_("导入"), reverse("backoffice:intake", args=["suppliers"]), is_drawer=False, icon="upload"),
            Action(_("新增供应商"), reverse("backoffice:supplier-new"), icon="plus", is_main=True),
        ],
        states=[("", _("全部")), *SupplierState.choices],
    )
    word = filters.word()
    counts = {state: suppliers_for_desk(query=word, state=state).count() for state in ("", *SupplierState.values)}
    notes = [("warn", _("%(n)s 个供应商的许可证已过期或快到期，请催办。") % {"n": ending})] if ending else []
    found = suppliers_for_desk(query=word, state=request.GET.get("state", ""))
    return show_list(request, listing, found, filters=filters, counts=counts, notes=notes)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def supplier_new(request: HttpRequest) -> HttpResponse:
    """Write down a supplier."""
    return _supplier_form(request, SupplierForm(request.POST or None), None)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def supplier(request: HttpRequest, supplier_id: UUID) -> HttpResponse:
    """Change a supplier."""
    known = supplier_with_id(supplier_id)
    form = SupplierForm(request.POST or None, initial={name: getattr(known, name) for name in _SUPPLIER_WORDS})
    return _supplier_form(request, form, supplier_id)


@require_safe
@staff_only
def purchases(request: HttpRequest) -> HttpResponse:
    """List purchase orders."""
    filters = WordFilter(request.GET)
    listing = Listing(
        _("采购单"),
        _("按销量和库存算出该订多少，发给供应商确认，到货逐项收。"),
        [
            Column(gettext_lazy("单号")),
            Column(gettext_lazy("供应商")),
            Column(gettext_lazy("收货仓库")),
            Column(gettext_lazy("件数"), align="num"),
            Column(gettext_lazy("希望到货日期")),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        _purchase_line,
        (_("还没有采购单"), _("点“新建采购单”，系统先算好建议数量。")),
        icon="clipboard-list",
        buttons=[
            Action(_("新建采购单"), reverse("backoffice:purchase-new"), is_drawer=False, icon="plus", is_main=True)
        ],
        states=[("", _("全部")), *PurchaseState.choices],
    )
    word = filters.word()
    counts = {state: purchases_for_desk(query=word, state=state).count() for state in ("", *PurchaseState.values)}
    found = purchases_for_desk(query=word, state=request.GET.get("state", ""))
    return show_list(request, listing, found, filters=filters, counts=counts)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def purchase_new(request: HttpRequest) -> HttpResponse:
    """Order goods; the boxes are filled with what seems to be needed."""
    keep_default_warehouse(now=clock.now())
    wanted = needs(now=clock.now(), days=_COVER_DAYS, only_short=not request.GET.get("all"))
    form = PurchaseForm(
        request.POST or None,
        suppliers=suppliers_to_choose(),
        places=[(str(place.pk), place.name) for place in warehouses(is_open=True)],
        needs=wanted[:200],
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            order = draft_purchase(
                supplier_id=typed["supplier"],
                warehouse_id=typed["warehouse"],
                goods=form.goods(),
                expected_on=typed["expected_on"],
                note=typed["note"],
                by_name=by(request),
                now=clock.now(),
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("backoffice:purchase", args=[order.pk]), sentence=_("已保存草稿。"))
    context = desk_context(
        request,
        form=form,
        days=_COVER_DAYS,
        is_all=bool(request.GET.get("all")),
        crumbs=[(_("采购单"), reverse("backoffice:purchases")), (_("新建采购单"), "")],
    )
    template = "backoffice/goods/purchase_new.html"
    return again(request, template, context) if request.method == "POST" else render(request, template, context)


@require_safe
@staff_only
def purchase(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """Show a purchase order with what came of it; ``?export=xlsx`` gives it as a spreadsheet."""
    order = purchase_with_id(purchase_id)
    lines = list(order.lines.all())
    if request.GET.get("export") == "xlsx":
        heads = [_("商品"), _("规格"), _("订购"), _("供应商确认"), _("实收"), _("破损")]
        rows = [
            [Cell(line.sku.product.title), Cell(line.sku.label), Cell(line.quantity),
             Cell("–" if line.confirmed is None else line.confirmed), Cell(line.received), Cell(line.damaged)]
            for line in lines
        ]  # fmt: skip
        return xlsx(order.number, heads, rows)
    link = ""
    if order.sent_at:
        path = reverse("backoffice:purchase-confirm", args=[order.pk, signature_of(order.pk)])
        link = request.build_absolute_uri(path)
    context = desk_context(
        request,
        order=order,
        lines=lines,
        tone=_TONES.get(order.state, "none"),
        is_open=order.state in OPEN_STATES,
        link=link,
        crumbs=[(_("采购单"), reverse("backoffice:purchases")), (order.number, "")],
    )
    return render(request, "backoffice/goods/purchase.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def send(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """Order it."""
    to = reverse("backoffice:purchase", args=[purchase_id])
    if request.method == "GET":
        return redirect(to)  # someone came back here after logging in again
    send_purchase(purchase_id=purchase_id, by_name=by(request), now=clock.now())
    return done(request, to=to, sentence=_("已下单。把链接发给供应商，请他确认数量。"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def close(request: HttpRequest, purchase_id: UUID) -> HttpResponse:
    """End it."""
    to = reverse("backoffice:purchase", args=[purchase_id])
    if request.method == "GET":
        return redirect(to)
    close_purchase(purchase_id=purchase_id, by_name=by(request), now=clock.now())
    return done(request, to=to, sentence=_("采购单已关闭。"))


@require_http_methods(["GET", "POST"])
@staff_only
def deliver(request: HttpRequest, purchase_id: UUID, line_id: UUID) -> HttpResponse:
    """Take in what came of one line."""
    order = purchase_with_id(purchase_id)
    line = next((one for one in order.lines.all() if one.pk == line_id), None)
    if line is None:
        raise PurchaseMissing
    form = DeliveryForm(request.POST or None, request.FILES or None, initial={"good": line.missing})

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        names = ("good", "lot", "produced_on", "expires_on", "weight_grams", "note")
        arrived = Arrived(damaged=typed["damaged"] or 0, **{name: typed[name] for name in names})
        receive_delivery(
            line_id=line_id,
            arrived=arrived,
            key=typed["key"],
            by_name=by(request),
            now=clock.now(),
            photos=typed["photos"],
        )
        return reverse("backoffice:purchase", args=[purchase_id]), _("已收货入库。")

    facts: list[tuple[str, Any]] = [(_("订购"), line.quantity), (_("还没到"), line.missing)]
    if base := line.sku.base_sku:
        words = {"n": line.sku.factor, "base": base.label}
        facts.append((_("入库换算"), _("每份入库 %(n)s 件 %(base)s") % words))
    back = reverse("backoffice:purchase", args=[purchase_id])
    about = f"{line.sku.product.title} {line.sku.label}"
    return fill_in(request, Drawer(_("收货"), _("确认收货"), back, about, facts), form, save)


@require_safe
@staff_only
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Show a picture of a delivery to the store's people."""
    answer = HttpResponse(read_file(photo_of_delivery(photo_id).file_key), content_type="image/webp")
    answer["Cache-Control"] = "private, max-age=3600"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_http_methods(["GET", "POST"])
@staff_only
def send_back(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Send pieces of a batch back to the supplier."""
    known = batch_with_id(batch_id)

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        lose_stock(
            sku_id=known.stock.sku_id,
            quantity=typed["quantity"],
            reason=_("退供应商 %(name)s：%(reason)s") % {"name": known.supplier_name, "reason": typed["reason"]},
            by_name=by(request),
            now=clock.now(),
            warehouse_id=known.stock.warehouse_id,  # type: ignore[arg-type]
            batch_id=batch_id,
            kind=MoveKind.SENDBACK,
        )
        return reverse("backoffice:batch", args=[batch_id]), _("已出库，请把货退给供应商。")

    facts = [(_("供应商"), known.supplier_name or "–"), (_("剩余"), known.on_hand)]
    back = reverse("backoffice:batch", args=[batch_id])
    drawer = Drawer(_("退供应商"), _("退货出库"), back, known.lot, facts, is_danger=True)
    return fill_in(request, drawer, SendBackForm(request.POST or None), save)


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, purchase_id: UUID, signature: str) -> HttpResponse:
    """Let a supplier, who has nothing but the link, say what will come. :raises PurchaseMissing:"""
    order = purchase_by_link(purchase_id=purchase_id, signature=signature)
    form = ConfirmForm(request.POST or None, lines=list(order.lines.all()))
    if request.method == "POST" and form.is_valid():
        try:
            confirm_purchase(purchase_id=order.pk, quantities=form.quantities(), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=request.path, sentence=_("已确认，谢谢。"))
    is_open = order.state in (PurchaseState.SENT, PurchaseState.ACCEPTED, PurchaseState.PARTLY)
    context = {"order": order, "form": form, "is_open": is_open, "store": request.store}  # type: ignore[attr-defined]
    template = "backoffice/goods/purchase_confirm.html"
    return again(request, template, context) if request.method == "POST" else render(request, template, context)


def _purchase_line(one: PurchaseOrder) -> Line:
    kinds = one.kinds  # type: ignore[attr-defined]
    return Line(
        [
            Cell(one.number, sub=one.created_by, href=reverse("backoffice:purchase", args=[one.pk]), css="lead"),
            Cell(one.supplier.name),
            Cell(one.warehouse.name),
            Cell(one.pieces, sub=_("%(n)s 种") % {"n": kinds}, css="num"),  # type: ignore[attr-defined]
            Cell(one.expected_on or "–"),
            Cell(one.get_state_display(), tone=_TONES.get(one.state, "none")),
        ],
        [Action(_("查看"), reverse("backoffice:purchase", args=[one.pk]), is_drawer=False)],
    )


def _supplier_form(request: HttpRequest, form: SupplierForm, supplier_id: UUID | None) -> HttpResponse:
    def save(typed: dict[str, Any]) -> tuple[str, str]:
        draft = SupplierDraft(**typed | {"state": SupplierState(typed["state"])})
        save_supplier(draft=draft, by_name=by(request), now=clock.now(), supplier_id=supplier_id)
        return reverse("backoffice:suppliers"), _("已保存。")

    title = _("编辑供应商") if supplier_id else _("新增供应商")
    return fill_in(request, Drawer(title, _("保存"), reverse("backoffice:suppliers")), form, save)
