"""售后责任: who bears what was given back, why members complain, and what is given back at once."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from control.people.doors import staff_only
from kit import clock
from kit.web.format import money, percent
from kit.web.lists import Column
from tenants.aftersales.models import Liability, Party
from tenants.aftersales.selectors import instant_rule, liabilities_by_party, liabilities_of, month_before, reasons_since
from tenants.aftersales.services.instant import set_instant_rule
from tenants.backoffice.forms_aftersales import InstantForm
from tenants.backoffice.listing import Cell, Drawer, Line, Listing, by, fill_in, show_list
from tenants.backoffice.roles import changers_only
from tenants.backoffice.shell import desk_context

_YEAR = timedelta(days=365)
PARTY_COLUMNS = [
    Column(gettext_lazy("责任方")),
    Column(gettext_lazy("单数"), align="num"),
    Column(gettext_lazy("承担金额"), align="num"),
    Column(""),
]
REASON_COLUMNS = [
    Column(gettext_lazy("原因")),
    Column(gettext_lazy("单数"), align="num"),
    Column(gettext_lazy("已退金额"), align="num"),
]


@require_safe
@staff_only
def liability(request: HttpRequest) -> HttpResponse:
    """Add up the last thirty days by who bears it and by reason."""
    since = month_before(clock.now())
    context = desk_context(
        request,
        party_columns=PARTY_COLUMNS,
        parties=liabilities_by_party(since=since),
        reason_columns=REASON_COLUMNS,
        reasons=reasons_since(since),
        rule=instant_rule(),
        crumbs=[(_("售后"), reverse("backoffice:after-sales")), (_("责任与原因"), "")],
    )
    return render(request, "backoffice/aftersales/liability.html", context)


@require_safe
@staff_only
def statement(request: HttpRequest, party: str) -> HttpResponse:
    """List what one party bears of the last year's requests."""
    if party not in Party.values:
        raise Http404
    currency = request.store.currency  # type: ignore[attr-defined]

    def line_of(one: Liability) -> Line:
        after_sale = one.after_sale
        where = reverse("backoffice:after-sale", args=[after_sale.pk])
        return Line(
            [
                Cell(after_sale.number, href=where, css="lead"),
                Cell(after_sale.order_line.title, sub=after_sale.get_reason_display()),
                Cell(after_sale.order.leader_name),
                Cell(percent(one.share_ppm), css="num"),
                Cell(money(one.amount_minor, currency), css="num"),
                Cell(one.at.date()),
            ]
        )

    listing = Listing(
        _("%(party)s承担的售后") % {"party": Party(party).label},
        _("最近一年，每一单按比例精确到分。"),
        [
            Column(_("售后单")),
            Column(_("商品")),
            Column(_("团长")),
            Column(_("比例"), align="num"),
            Column(_("承担金额"), align="num"),
            Column(_("时间")),
        ],
        line_of,
        (_("没有记录"), _("同意售后时可以指定谁来承担。")),
        icon="receipt",
        crumbs=[
            (_("售后"), reverse("backoffice:after-sales")),
            (_("责任与原因"), reverse("backoffice:liability")),
            (str(Party(party).label), ""),
        ],
    )
    return show_list(request, listing, liabilities_of(party=party, since=clock.now() - _YEAR))


@require_http_methods(["GET", "POST"])
@staff_only
@changers_only
def instant(request: HttpRequest) -> HttpResponse:
    """Set how much may be given back at once."""
    back = reverse("backoffice:liability")
    rule = instant_rule()
    names = ("most_minor", "member_month_minor", "leader_month_minor")
    initial = {name: getattr(rule, name) if rule else 0 for name in names}
    form = InstantForm(request.POST if request.method == "POST" else None, initial=initial)
    drawer = Drawer(
        _("小额直接退"),
        _("保存"),
        back,
        about=_("顾客带照片申请、金额在限额内的，系统直接退款，不用等人处理。超出的照常由团长和您来看。"),
    )

    def save(words: dict[str, Any]) -> tuple[str, Any]:
        set_instant_rule(**words, by_name=by(request), now=clock.now())
        return back, _("小额直接退已保存。")

    return fill_in(request, drawer, form, save)
