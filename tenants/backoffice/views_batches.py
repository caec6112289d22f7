"""批次: lots with their dates, stopped and let go on, sold cheaper before their end, given to orders."""

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
from kit.web.answers import done, say
from kit.web.lists import Column
from tenants.backoffice.forms_batches import ChooseForm
from tenants.backoffice.forms_stock import ReasonForm, ShelfRuleForm, StockFilters
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.backoffice.upgrade import feature_only
from tenants.inventory.models import Batch, BatchState
from tenants.inventory.selectors import (
    batch_with_id,
    batches_for_desk,
    count_batches,
    shelf_rule_of,
    store_day,
    warehouses,
)
from tenants.inventory.services.hold_batch import hold_batch, unhold_batch
from tenants.inventory.services.save_shelf_rule import save_shelf_rule
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.tracing.selectors import days_with_batches, line_batch_with_id, lines_of_batch
from tenants.tracing.services.allocate_batches import allocate_batches, choose_batch
from tenants.tracing.services.mark_down import cuts_for, mark_down

_TONES = {"available": "good", "near_expiry": "warn", "hold": "warn", "expired": "bad", "recalled": "bad"}
_KEPT = timedelta(days=7)


@require_safe
@staff_only
@feature_only("batches")
def batches(request: HttpRequest) -> HttpResponse:
    """List batches, those that end soonest first."""
    keep_default_warehouse(now=clock.now())
    filters = StockFilters(request.GET, places=warehouses())
    asked = filters.wanted()
    today = store_day(clock.now())

    def line_of(batch: Batch) -> Line:
        left = batch.days_left(today)
        sku = batch.stock.sku
        return Line(
            [
                Cell(batch.lot, sub=batch.supplier_name, href=reverse("backoffice:batch", args=[batch.pk]), css="lead"),
                Cell(sku.product.title, sub=sku.label),
                Cell(batch.stock.warehouse.name if batch.stock.warehouse else "–"),
                Cell(batch.expires_on or "–", sub="" if left is None else _("还剩 %(n)s 天") % {"n": left}),
                Cell(batch.on_hand, sub=_("共入 %(n)s 件") % {"n": batch.received}, css="num"),
                Cell(batch.get_state_display(), sub=batch.why, tone=_TONES.get(batch.state, "none")),
            ],
            [Action(_("查看"), reverse("backoffice:batch", args=[batch.pk]), is_drawer=False)],
        )

    listing = Listing(
        _("批次"),
        _("先到期的先发。过期的自动停售，临期的提醒降价。"),
        [
            Column(gettext_lazy("批号")),
            Column(gettext_lazy("商品")),
            Column(gettext_lazy("仓库")),
            Column(gettext_lazy("到期日")),
            Column(gettext_lazy("剩余"), align="num"),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        line_of,
        (_("还没有批次"), _("入库时填上批号和到期日，这里就能管保质期。")),
        icon="layers",
        buttons=[
            Action(_("批次分配"), reverse("backoffice:allocation"), is_drawer=False),
            Action(_("召回"), reverse("backoffice:recalls"), is_drawer=False),
        ],
        states=[("", _("全部")), *BatchState.choices],
    )
    found = batches_for_desk(**asked, state=request.GET.get("state", ""))
    return show_list(request, listing, found, filters=filters, counts=count_batches(**asked))


@require_safe
@staff_only
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show one batch: its dates, who gets it, what it should cost now."""
    known = batch_with_id(batch_id)
    context = desk_context(
        request,
        batch=known,
        tone=_TONES.get(known.state, "none"),
        left=known.days_left(store_day(clock.now())),
        rule=shelf_rule_of(known.stock.sku.product_id),
        cuts=cuts_for(batch=known, now=clock.now()),
        lines=lines_of_batch(batch_id)[:100],
        crumbs=[(_("批次"), reverse("backoffice:batches")), (known.lot, "")],
    )
    return render(request, "backoffice/goods/batch.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
def hold(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Stop selling a batch."""
    known = batch_with_id(batch_id)

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        hold_batch(batch_id=batch_id, reason=typed["reason"], by_name=by(request), now=clock.now())
        return reverse("backoffice:batch", args=[batch_id]), _("已停售，不再卖出和分配。")

    back = reverse("backoffice:batch", args=[batch_id])
    drawer = Drawer(_("停售批次"), _("停售"), back, known.lot, [(_("剩余"), known.on_hand)], is_danger=True)
    return fill_in(request, drawer, ReasonForm(request.POST or None), save)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def unhold(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Let a stopped batch go on."""
    known = batch_with_id(batch_id)

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        unhold_batch(batch_id=batch_id, reason=typed["reason"], by_name=by(request), now=clock.now())
        return reverse("backoffice:batch", args=[batch_id]), _("已恢复可售。")

    drawer = Drawer(_("恢复可售"), _("恢复"), reverse("backoffice:batch", args=[batch_id]), known.lot)
    return fill_in(request, drawer, ReasonForm(request.POST or None), save)


@require_http_methods(["GET", "POST"])
@staff_only
@feature_only("batches")
@changers_only
def rule(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Change the shelf rule of a batch's product."""
    product = batch_with_id(batch_id).stock.sku.product
    known = shelf_rule_of(product.pk)
    form = ShelfRuleForm(
        request.POST or None, initial={name: getattr(known, name) for name in ShelfRuleForm.base_fields}
    )

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        save_shelf_rule(product_id=product.pk, by_name=by(request), now=clock.now(), **typed)
        return reverse("backoffice:batch", args=[batch_id]), _("已保存。")

    back = reverse("backoffice:batch", args=[batch_id])
    return fill_in(request, Drawer(_("保质期规则"), _("保存"), back, product.title), form, save)


@require_http_methods(["GET", "POST"])
@staff_only
@feature_only("batches")
@changers_only
def cut(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Cut the prices of what is on sale of a batch."""
    to = reverse("backoffice:batch", args=[batch_id])
    if request.method == "GET":
        return redirect(to)  # someone came back here after logging in again
    count = mark_down(batch_id=batch_id, by_name=by(request), now=clock.now())
    return done(request, to=to, sentence=_("已降价 %(n)s 处，立即生效。") % {"n": count})


@require_http_methods(["GET", "POST"])
@staff_only
@feature_only("batches")
def choose(request: HttpRequest, line_batch_id: UUID) -> HttpResponse:
    """Give a line its pieces from another batch."""
    known = line_batch_with_id(line_batch_id)

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        made = choose_batch(
            line_batch_id=line_batch_id,
            lot=typed["lot"],
            reason=typed["reason"],
            by_name=by(request),
            now=clock.now(),
        )
        return reverse("backoffice:batch", args=[made.batch_id]), _("已换批次。")

    back = reverse("backoffice:batch", args=[known.batch_id])
    drawer = Drawer(_("换批次"), _("换"), back, _("一般按先到期先发，换批次要写原因。"))
    return fill_in(request, drawer, ChooseForm(request.POST or None), save)


@require_http_methods(["GET", "POST"])
@staff_only
@feature_only("batches")
def allocation(request: HttpRequest) -> HttpResponse:
    """Show by pickup day what has its batch and what lacks one; a POST gives out what can be given now."""
    if request.method == "POST":
        try:
            given = allocate_batches(now=clock.now())
        except Refused as refusal:
            say(request, str(refusal), tone="error")
        else:
            words = {"n": given.pieces, "short": given.short}
            sentence = _("已分配 %(n)s 件，还缺 %(short)s 件。") % words
            return done(request, to=reverse("backoffice:allocation"), sentence=sentence)

    def line_of(row: dict[str, Any]) -> Line:
        short = row["wanted"] - row["got"]
        return Line(
            [
                Cell(row["title"], sub=row["sku_label"], css="lead"),
                Cell(row["order__pickup_date"]),
                Cell(row["wanted"], css="num"),
                Cell(row["got"], css="num"),
                Cell(_("缺 %(n)s 件") % {"n": short} if short else _("齐了"), tone="warn" if short else "good"),
            ]
        )

    listing = Listing(
        _("批次分配"),
        _("截单后自动分配：先到期的先发，提货日之后还要够保质期。"),
        [
            Column(gettext_lazy("商品")),
            Column(gettext_lazy("提货日期")),
            Column(gettext_lazy("已付款"), align="num"),
            Column(gettext_lazy("已分配"), align="num"),
            Column(gettext_lazy("状态")),
            Column(""),
        ],
        line_of,
        (_("没有要分配的订单"), _("按批次入库的商品卖出后，会出现在这里。")),
        icon="layers",
        buttons=[Action(_("现在分配"), reverse("backoffice:allocation"), is_post=True, is_main=True)],
        crumbs=[(_("批次"), reverse("backoffice:batches")), (_("批次分配"), "")],
    )
    return show_list(request, listing, days_with_batches(since=store_day(clock.now()) - _KEPT))
