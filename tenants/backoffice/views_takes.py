"""盘点: counting a warehouse without seeing what should be there, then booking the difference."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.answers import done
from kit.web.format import money
from kit.web.lists import Column
from tenants.backoffice.forms_stock import TakeForm, WordFilter, whole
from tenants.backoffice.listing import Action, Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.inventory.models import DEFAULT_WAREHOUSE, StockTake, StockTakeLine, StockTakeState
from tenants.inventory.selectors import takes_for_desk, warehouses
from tenants.inventory.services.save_warehouse import keep_default_warehouse
from tenants.inventory.services.take_stock import (
    TakeMissing,
    approve_take,
    count_line,
    difference_of,
    drop_take,
    end_counting,
    start_take,
    worth_of,
)

_TONES = {"counting": "busy", "waiting": "warn", "done": "good", "dropped": "none"}


@require_safe
@staff_only
def takes(request: HttpRequest) -> HttpResponse:
    """List stock-takes."""
    filters = WordFilter(request.GET)
    word = filters.word()
    found = takes_for_desk(query=word, state=request.GET.get("state", ""))
    every = StockTake.objects.filter(name__icontains=word).order_by()
    counts = {row["state"]: row["n"] for row in every.values("state").annotate(n=Count("pk"))}
    listing = Listing(
        _("盘点"),
        _("先记下账面数，盲盘后看差异，差异大的要另一位同事复核。"),
        [
            Column(gettext_lazy("盘点")),
            Column(gettext_lazy("仓库")),
            Column(gettext_lazy("进度"), align="num"),
            Column(gettext_lazy("状态")),
            Column(gettext_lazy("时间")),
            Column(""),
        ],
        _take_line,
        (_("还没有盘点"), _("每周盘一次，账就对得上。")),
        icon="clipboard-list",
        buttons=[Action(_("开始盘点"), reverse("backoffice:take-new"), icon="plus", is_main=True)],
        states=[("", _("全部")), *StockTakeState.choices],
    )
    return show_list(request, listing, found, filters=filters, counts={"": sum(counts.values()), **counts})


@require_http_methods(["GET", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Begin to count."""
    keep_default_warehouse(now=clock.now())
    form = TakeForm(request.POST or None, places=warehouses(is_open=True), initial={"warehouse": DEFAULT_WAREHOUSE})

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        made = start_take(warehouse_id=typed["warehouse"], name=typed["name"], by_name=by(request), now=clock.now())
        return reverse("backoffice:take", args=[made.pk]), _("可以开始数了。")

    return fill_in(request, Drawer(_("开始盘点"), _("开始"), reverse("backoffice:takes")), form, save)


@require_safe
@staff_only
def take(request: HttpRequest, take_id: UUID) -> HttpResponse:
    """Show what is to be counted; what should be there only when counting is over."""
    known = takes_for_desk().filter(pk=take_id).first()
    if known is None:
        raise TakeMissing
    filters = WordFilter(request.GET)
    lines = known.lines.select_related("sku__product").order_by("sku__product__title", "sku__label")
    if filters.word():
        lines = lines.filter(sku__product__search_text__contains=filters.word())
    is_blind = known.state == StockTakeState.COUNTING
    currency = request.store.currency  # type: ignore[attr-defined]

    def line_of(one: StockTakeLine) -> Line:
        difference = difference_of(one)
        worth = difference * (one.sku.cost_minor or one.sku.price_minor)
        counters = "、".join(f"{who} {pieces}" for who, pieces, _at in one.counts[-3:])
        cells = [
            Cell(one.sku.product.title, sub=one.sku.label, css="lead"),
            Cell("–" if is_blind else one.expected, css="num"),
            Cell("–" if one.counted is None else one.counted, sub=counters, css="num"),
            Cell("–" if is_blind else f"{difference:+d}", css="num"),
            Cell("–" if is_blind else money(worth, currency), css="num"),
        ]
        act = Action(_("填数"), reverse("backoffice:take-count", args=[one.pk]))
        return Line(cells, [act] if is_blind else [])

    buttons = []
    if is_blind:
        counted = reverse("backoffice:take-counted", args=[take_id])
        buttons.append(Action(_("数完了"), counted, is_post=True, is_main=True))
    elif known.state == StockTakeState.WAITING:
        approve = reverse("backoffice:take-approve", args=[take_id])
        buttons.append(Action(_("复核入账"), approve, is_post=True, is_main=True, ask=_("按盘点数改库存？")))
    if known.state in (StockTakeState.COUNTING, StockTakeState.WAITING):
        drop = reverse("backoffice:take-drop", args=[take_id])
        buttons.append(Action(_("作废"), drop, is_post=True, ask=_("作废这张盘点单？数过的不算。")))
    notes = []
    if not is_blind:
        worth = worth_of(list(known.lines.select_related("sku")))
        notes.append(("info", _("差异金额合计 %(amount)s。") % {"amount": money(worth, currency)}))
    listing = Listing(
        known.name,
        _("%(place)s，已数 %(done)s / %(all)s 种")
        % {
            "place": known.warehouse.name,
            "done": known.done,  # type: ignore[attr-defined]
            "all": known.kinds,  # type: ignore[attr-defined]
        },
        [
            Column(gettext_lazy("商品")),
            Column(gettext_lazy("账面"), align="num"),
            Column(gettext_lazy("实盘"), align="num"),
            Column(gettext_lazy("差异"), align="num"),
            Column(gettext_lazy("差异金额"), align="num"),
            Column(""),
        ],
        line_of,
        (_("这个仓库没有商品"), _("先入库，再盘点。")),
        buttons=buttons,
        crumbs=[(_("盘点"), reverse("backoffice:takes")), (known.name, "")],
    )
    return show_list(request, listing, lines, filters=filters, notes=notes)


@require_http_methods(["GET", "POST"])
@staff_only
def count(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Note what was counted of one SKU."""
    line = StockTakeLine.objects.select_related("sku__product").filter(pk=line_id).first()
    if line is None:
        raise TakeMissing
    form = forms.Form(request.POST or None)
    form.fields["counted"] = whole(_("数到多少件"))
    back = reverse("backoffice:take", args=[line.take_id])

    def save(typed: dict[str, Any]) -> tuple[str, str]:
        count_line(line_id=line_id, counted=typed["counted"], by_name=by(request), now=clock.now())
        return back, _("记下了。")

    about = f"{line.sku.product.title} {line.sku.label}"
    return fill_in(request, Drawer(_("填数"), _("保存"), back, about), form, save)


@require_http_methods(["GET", "POST"])
@staff_only
def counted(request: HttpRequest, take_id: UUID) -> HttpResponse:
    """Say that counting is over."""
    return _act(request, take_id, "counted")


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def approve(request: HttpRequest, take_id: UUID) -> HttpResponse:
    """Book the differences."""
    return _act(request, take_id, "approve")


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def drop(request: HttpRequest, take_id: UUID) -> HttpResponse:
    """Give it up."""
    return _act(request, take_id, "drop")


def _act(request: HttpRequest, take_id: UUID, what: str) -> HttpResponse:
    to = reverse("backoffice:take", args=[take_id])
    if request.method == "GET":
        return redirect(to)  # someone came back here after logging in again
    story, sentence = {
        "counted": (end_counting, _("数完了，请看差异。")),
        "approve": (approve_take, _("差异已入账。")),
        "drop": (drop_take, _("已作废，库存没有变动。")),
    }[what]
    story(take_id=take_id, by_name=by(request), now=clock.now())
    return done(request, to=to, sentence=sentence)


def _take_line(one: StockTake) -> Line:
    progress = f"{one.done} / {one.kinds}"  # type: ignore[attr-defined]
    return Line(
        [
            Cell(one.name, sub=one.started_by, href=reverse("backoffice:take", args=[one.pk]), css="lead"),
            Cell(one.warehouse.name),
            Cell(progress, css="num"),
            Cell(one.get_state_display(), tone=_TONES[one.state]),
            Cell(one.started_at.date()),
        ],
        [Action(_("打开"), reverse("backoffice:take", args=[one.pk]), is_drawer=False)],
    )
