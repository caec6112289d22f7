"""缺货处理: less came than was sold; who goes without is seen before it is confirmed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form
from tenants.aftersales.models import Ending
from tenants.aftersales.selectors_shortages import (
    goods_due,
    lines_due,
    lines_of_shortage,
    short_told,
    shortage_with_id,
    substitutes,
    waiting_on,
)
from tenants.aftersales.services.tell_shortage import (
    ShortagePlan,
    ToldShort,
    plan_shortage,
    settle_short,
    tell_shortage,
)
from tenants.backoffice.forms_shortages import ShortageForm
from tenants.backoffice.forms_stock import WordFilter
from tenants.backoffice.listing import Action, Cell, Line, Listing, by, pieces, show_list
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context
from tenants.journal.services import Actor

COLUMNS = [
    Column(gettext_lazy("订单号")),
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("团长")),
    Column(gettext_lazy("订购"), align="num"),
    Column(gettext_lazy("缺"), align="num"),
    Column(gettext_lazy("怎么办")),
    Column(gettext_lazy("退款"), align="num"),
]


@require_safe
@staff_only
def shortages(request: HttpRequest) -> HttpResponse:
    """List what is to be handed out on the coming pickup days, and what of it was told to be short."""
    filters = WordFilter(request.GET)
    found = goods_due(now=clock.now(), query=filters.word())
    told = short_told({row["day"] for row in found})

    def line_of(row: dict[str, Any]) -> Line:
        day, sku_id = row["day"], row["sku_id"]
        short = told.get((day, sku_id))
        state = Cell("–")
        if short:
            words = {"n": short.wanted - short.there}
            page = reverse("backoffice:shortage", args=[short.pk])
            state = Cell(_("已登记缺 %(n)s 份") % words, sub=short.by_name, href=page)
        new = reverse("backoffice:shortage-new", args=[sku_id, day.isoformat()])
        return Line(
            [
                Cell(row["title"], sub=row["sku_label"], css="lead"),
                Cell(day),
                Cell(row["orders"], css="num"),
                Cell(pieces(row["pieces"]), css="num"),
                state,
            ],
            [Action(_("登记缺货"), new, is_drawer=False)],
        )

    listing = Listing(
        _("缺货处理"),
        _("到货不够分时在这里登记：按规则决定谁缺，缺的部分退款、换同类商品或下一批送达，并短信告知。"),
        [
            Column(gettext_lazy("商品")),
            Column(gettext_lazy("提货日期")),
            Column(gettext_lazy("订单数"), align="num"),
            Column(gettext_lazy("待交付"), align="num"),
            Column(gettext_lazy("缺货登记")),
            Column(""),
        ],
        line_of,
        (_("没有待交付的商品"), _("团期截单后，已付款的商品会按提货日列在这里。")),
        icon="boxes",
        crumbs=[(_("订单"), reverse("backoffice:orders")), (_("缺货处理"), "")],
    )
    return show_list(request, listing, found, filters=filters)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def new(request: HttpRequest, sku_id: UUID, day: str) -> HttpResponse:
    """Ask how many there are, show who goes without, and do it when the same is confirmed."""
    pickup_date = _day_of(day)
    due = lines_due(sku_id=sku_id, pickup_date=pickup_date, now=clock.now())
    currency = request.store.currency  # type: ignore[attr-defined]
    typed_in = request.POST if request.method == "POST" else None
    form = ShortageForm(typed_in, skus=substitutes(lines=due), currency=currency)
    plan: ShortagePlan | None = None
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        told = ToldShort(
            sku_id,
            pickup_date,
            typed["there"],
            typed["rule"],
            typed["reason"],
            typed["ending"],
            typed["substitute"] if typed["ending"] == Ending.SUBSTITUTE else None,
            typed["later_on"] if typed["ending"] == Ending.LATER else None,
        )
        try:
            plan = plan_shortage(told=told, now=clock.now())
            if typed["seen"] == plan.mark:
                return _told(request, told, form)
        except Refused as refusal:
            tell_form(form, refusal)
    context = desk_context(
        request,
        form=form,
        plan=plan,
        columns=COLUMNS,
        goods=due[0],
        day=pickup_date,
        waiting=sum(waiting_on(line, pickup_date) for line in due),
        lines=len(due),
        agreed=sum(1 for line in due if line.order.accepts_substitute),
        crumbs=[
            (_("订单"), reverse("backoffice:orders")),
            (_("缺货处理"), reverse("backoffice:shortages")),
            (_("登记缺货"), ""),
        ],
    )
    template = "backoffice/aftersales/shortage_new.html"
    return again(request, template, context) if form.errors else render(request, template, context)


@require_safe
@staff_only
def shortage(request: HttpRequest, shortage_id: UUID) -> HttpResponse:
    """Show who goes without, and what was given back."""
    known = shortage_with_id(shortage_id)
    found = lines_of_shortage(shortage_id)
    context = desk_context(
        request,
        shortage=known,
        rows=page_of(found, request.GET),
        missing=known.wanted - known.there,
        open_lines=found.filter(settled_at=None).count(),
        columns=COLUMNS,
        crumbs=[
            (_("订单"), reverse("backoffice:orders")),
            (_("缺货处理"), reverse("backoffice:shortages")),
            (known.title, ""),
        ],
    )
    return render(request, "backoffice/aftersales/shortage.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def retry(request: HttpRequest, shortage_id: UUID) -> HttpResponse:
    """Try again to settle what could not be."""
    to = reverse("backoffice:shortage", args=[shortage_id])
    if request.method == "GET":
        return redirect(to)  # someone came back here after logging in again
    shortage_with_id(shortage_id)
    settled, stuck = settle_short(shortage_id=shortage_id, now=clock.now())
    words = {"n": settled, "failed": stuck}
    return done(request, to=to, sentence=_("已处理 %(n)s 单，%(failed)s 单需要人工处理。") % words)


def _told(request: HttpRequest, told: ToldShort, form: ShortageForm) -> HttpResponse:
    person = request.person  # type: ignore[attr-defined]
    written = tell_shortage(
        told=told,
        seen=form.cleaned_data["seen"],
        key=form.cleaned_data["key"],
        actor=Actor(kind="person", id=str(person.pk), name=by(request)),
        now=clock.now(),
    )
    sentence = _("已登记缺货，要退的钱正在原路退回。")
    return done(request, to=reverse("backoffice:shortage", args=[written.pk]), sentence=sentence)


def _day_of(day: str) -> date:
    try:
        return datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise Http404 from None
