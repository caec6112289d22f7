"""售后: the queue of requests, each with its pictures and with what a decision does, and who bears the loss."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.ports.storage import read_file
from kit.web.answers import again, done, say
from kit.web.lists import Column, page_of, state_tabs
from kit.web.refusals import tell_form
from tenants.aftersales.models import JUDGED_BY_STORE, AfterSale, Remedy
from tenants.aftersales.selectors import (
    after_sale_for_desk,
    after_sales_for_desk,
    count_for_desk,
    photo_for_desk,
    story_of,
    worth_of,
)
from tenants.aftersales.services.ask import Asker, ask_after_sale
from tenants.aftersales.services.decide import Decision, approve, reject, wanted_refund
from tenants.aftersales.services.follow import note_replaced, reopen, take_goods_back
from tenants.backoffice.forms_aftersales import AfterSaleFilters, AskForForm, DecisionForm, RejectForm, ReturnedForm
from tenants.backoffice.happenings import order_events
from tenants.backoffice.listing import Cell, Drawer, fill_in, whole
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.journal.services import Actor
from tenants.orders.selectors import order_for_desk
from tenants.sales.services.preview_refund import RefundEffect, preview_refund

COLUMNS = [
    Column(gettext_lazy("售后单")),
    Column(gettext_lazy("商品")),
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("团长")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("期限")),
]
TABS = [
    ("waiting", gettext_lazy("待处理")),
    ("leader", gettext_lazy("待团长核实")),
    ("under_way", gettext_lazy("处理中")),
    ("done", gettext_lazy("已完成")),
    ("rejected", gettext_lazy("已拒绝或撤销")),
    ("", gettext_lazy("全部")),
]
PAGE = "backoffice/aftersales/"
_MOST_AT_ONCE = 50


@require_safe
@staff_only
def after_sales(request: HttpRequest) -> HttpResponse:
    """List requests, those that wait for the store first; ``?export=xlsx`` gives them as a spreadsheet."""
    filters = AfterSaleFilters(request.GET)
    asked = filters.wanted()
    tab = request.GET.get("state", "waiting")
    tab = tab if tab in dict(TABS) else "waiting"
    found = after_sales_for_desk(tab=tab, **asked)
    if request.GET.get("export") == "xlsx":
        return _sheet(found)
    words = request.GET.copy()
    words["state"] = tab
    export = words.copy()
    export["export"] = "xlsx"
    rows = page_of(found, request.GET)
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        shown=[(one, worth_of(one)) for one in rows],
        filters=filters,
        is_filtered=any(asked.values()),
        tabs=state_tabs(words, states=TABS, counts=count_for_desk(**asked)),
        can_pick=tab == "waiting",
        export=f"?{export.urlencode()}",
        now=clock.now(),
    )
    return render(request, PAGE + "list.html", context)


@require_safe
@staff_only
def detail(request: HttpRequest, after_sale_id: UUID) -> HttpResponse:
    """Show a request: what is wrong, its pictures, what happened, and what granting it would do."""
    after_sale = after_sale_for_desk(after_sale_id)
    is_open = after_sale.state in JUDGED_BY_STORE
    context = desk_context(
        request,
        one=after_sale,
        line=after_sale.order_line,
        worth=worth_of(after_sale),
        is_open=is_open,
        effect=_effect(after_sale, _as_asked(after_sale)) if is_open else None,
        may_reopen=after_sale.may_reopen(clock.now()),
        liabilities=after_sale.liabilities.order_by("party"),
        events=order_events(story_of(after_sale)),
        crumbs=[(_("售后"), reverse("backoffice:after-sales")), (after_sale.number, "")],
    )
    return render(request, PAGE + "detail.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def grant(request: HttpRequest, after_sale_id: UUID) -> HttpResponse:
    """Ask how to grant a request, show what that does, and do it when the same amount is confirmed."""
    after_sale = after_sale_for_desk(after_sale_id)
    form = DecisionForm(request.POST if request.method == "POST" else None, after_sale=after_sale)
    effect: RefundEffect | None = None
    if form.is_bound and form.is_valid():
        decision = form.decision()
        effect = _effect(after_sale, decision)
        seen = effect.amount_minor if effect else 0
        if form.cleaned_data["seen"] == seen or decision.remedy == Remedy.REPLACE:
            try:
                approve(after_sale_id=after_sale_id, decision=decision, actor=_actor(request), now=clock.now())
            except Refused as refusal:
                tell_form(form, refusal)
            else:
                return done(request, to=_page(after_sale_id), sentence=_("已同意，顾客会看到处理结果。"))
        elif effect is None:
            form.add_error("amount", _("超过了这件商品还能退的数量或金额。"))
    context = desk_context(
        request,
        one=after_sale,
        form=form,
        effect=effect,
        crumbs=[
            (_("售后"), reverse("backoffice:after-sales")),
            (after_sale.number, _page(after_sale_id)),
            (_("同意"), ""),
        ],
    )
    template = PAGE + "grant.html"
    return again(request, template, context) if form.errors else render(request, template, context)


@require_POST
@staff_only
@changers_only
def grant_picked(request: HttpRequest) -> HttpResponse:
    """Grant the picked requests as they were asked for, each for itself; the store bears them."""
    granted = refused = 0
    for text in request.POST.getlist("ids")[:_MOST_AT_ONCE]:
        try:
            after_sale = after_sale_for_desk(UUID(text))
            decision = _as_asked(after_sale)
            approve(after_sale_id=after_sale.pk, decision=decision, actor=_actor(request), now=clock.now())
            granted += 1
        except (Refused, ValueError):
            refused += 1
    if not granted and not refused:
        say(request, _("请先勾选要处理的售后单。"), tone="warning")
        return redirect(reverse("backoffice:after-sales"))
    words = {"n": granted, "failed": refused}
    sentence = _("已同意 %(n)s 单，%(failed)s 单没有成功，请逐单查看。") if refused else _("已同意 %(n)s 单。")
    return done(request, to=reverse("backoffice:after-sales"), sentence=sentence % words)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def refuse(request: HttpRequest, after_sale_id: UUID) -> HttpResponse:
    """Refuse a request with its reason."""
    after_sale = after_sale_for_desk(after_sale_id)
    drawer = Drawer(
        _("拒绝 %(number)s") % {"number": after_sale.number}, _("拒绝"), _page(after_sale_id), is_danger=True
    )

    def save(words: dict[str, Any]) -> tuple[str, Any]:
        reject(after_sale_id=after_sale_id, answer=words["answer"], actor=_actor(request), now=clock.now())
        return _page(after_sale_id), _("已拒绝，24 小时内可以撤回。")

    return fill_in(request, drawer, RejectForm(request.POST if request.method == "POST" else None), save)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def returned(request: HttpRequest, after_sale_id: UUID) -> HttpResponse:
    """Note that the goods came back to the store, and send the money."""
    after_sale = after_sale_for_desk(after_sale_id)
    about = _("确认后退款 %(n)d 份，钱原路退回。") % {"n": after_sale.quantity}
    drawer = Drawer(_("确认收到退货"), _("确认并退款"), _page(after_sale_id), about=about)

    def save(words: dict[str, Any]) -> tuple[str, Any]:
        take_goods_back(
            after_sale_id=after_sale_id,
            leader=None,
            is_unopened=words["is_unopened"],
            actor=_actor(request),
            now=clock.now(),
        )
        return _page(after_sale_id), _("已收到退货，正在退款。")

    return fill_in(request, drawer, ReturnedForm(request.POST if request.method == "POST" else None), save)


@require_POST
@staff_only
@changers_only
def act(request: HttpRequest, after_sale_id: UUID, what: str) -> HttpResponse:
    """Take a rejection back, or note that other goods were handed out."""
    if what == "reopen":
        reopen(after_sale_id=after_sale_id, actor=_actor(request), now=clock.now())
        return done(request, to=_page(after_sale_id), sentence=_("已撤回拒绝，请重新处理。"))
    note_replaced(after_sale_id=after_sale_id, leader=None, actor=_actor(request), now=clock.now())
    return done(request, to=_page(after_sale_id), sentence=_("已登记换货，库存已扣减。"))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def new(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Ask for a member who called."""
    order = order_for_desk(order_id)
    back = reverse("backoffice:order", args=[order_id])
    form = AskForForm(request.POST if request.method == "POST" else None, order=order)

    def save(_words: dict[str, Any]) -> tuple[str, Any]:
        asked, key = form.asked()
        made = ask_after_sale(asked=asked, by=Asker(_actor(request)), key=key, now=clock.now())
        return _page(made.pk), _("已登记售后，请处理。")

    return fill_in(request, Drawer(_("代顾客申请售后"), _("提交"), back), form, save)


@require_safe
@staff_only
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Show a picture of a request to the store's people."""
    answer = HttpResponse(read_file(photo_for_desk(photo_id).file_key), content_type="image/webp")
    answer["Cache-Control"] = "private, max-age=3600"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _as_asked(after_sale: AfterSale) -> Decision:
    return Decision(Remedy(after_sale.remedy), amount_minor=after_sale.asked_minor)


def _effect(after_sale: AfterSale, decision: Decision) -> RefundEffect | None:
    """Work out what a refund would do; none, if it is an exchange or there is too little left."""
    if decision.remedy == Remedy.REPLACE:
        return None
    wanted = wanted_refund(
        after_sale, remedy=decision.remedy, amount_minor=decision.amount_minor, restock=decision.restock
    )
    try:
        return preview_refund(order_id=after_sale.order_id, wanted=[wanted])
    except Refused:
        return None


def _sheet(found: Any) -> HttpResponse:
    heads = [
        _("售后单"), _("订单号"), _("商品"), _("数量"), _("原因"), _("处理方式"), _("金额"), _("状态"), _("顾客"),
        _("手机号"), _("团长"), _("申请时间"), _("情况说明"),
    ]  # fmt: skip
    return whole(_("售后"), heads, found, lambda piece: map(_cells, piece))


def _cells(one: Any) -> list[Cell]:
    return [
        Cell(one.number), Cell(one.order.number), Cell(one.order_line.title), Cell(one.quantity),
        Cell(one.get_reason_display()), Cell(one.get_remedy_display()), Cell(f"{worth_of(one) / 100:.2f}"),
        Cell(one.get_state_display()), Cell(one.order.contact_name), Cell(one.order.contact_phone),
        Cell(one.order.leader_name), Cell(one.created_at), Cell(one.words),
    ]  # fmt: skip


def _actor(request: HttpRequest) -> Actor:
    person = request.person  # type: ignore[attr-defined]
    return Actor(kind="person", id=str(person.pk), name=str(person))


def _page(after_sale_id: UUID) -> str:
    return reverse("backoffice:after-sale", args=[after_sale_id])
