"""顾客: who shops here, and all there is about one of them."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from control.people.doors import staff_only
from kit import clock
from kit.phones import masked
from kit.web.format import moment
from kit.web.lists import Column, page_of, state_tabs
from tenants.aftersales.selectors import after_sales_of
from tenants.analytics.members import MemberKind, bought_by, member_for_desk, members_for_desk, orders_of_member
from tenants.backoffice.exports import sheet_address, wants_sheet
from tenants.backoffice.forms_members import MemberFilters
from tenants.backoffice.listing import Cell, whole
from tenants.backoffice.sheets import major
from tenants.backoffice.shell import CHANGERS, desk_context
from tenants.delivery.addresses import addresses_of
from tenants.leaders.binding import binding_of
from tenants.members.models import Member
from tenants.points.selectors import moves_of
from tenants.promotions.selectors import coupons_of_member

COLUMNS = [
    Column(gettext_lazy("顾客")),
    Column(gettext_lazy("订单"), align="num"),
    Column(gettext_lazy("累计成交"), align="num"),
    Column(gettext_lazy("最近下单")),
    Column(gettext_lazy("积分"), align="num"),
    Column(gettext_lazy("加入时间")),
    Column(""),
]
ORDER_COLUMNS = [
    Column(gettext_lazy("订单")),
    Column(gettext_lazy("自提点")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("状态")),
]
_FEW = 10
_SEEN = 6  # letters of an address that are shown: enough to know it again


@require_safe
@staff_only
def members(request: HttpRequest) -> HttpResponse:
    """List members with what they bought; ``?export=xlsx`` gives all of them as a spreadsheet."""
    filters, now = MemberFilters(request.GET), clock.now()
    kind = request.GET.get("state", "")
    found = members_for_desk(query=filters.word(), kind=kind, now=now)
    if wants_sheet(request):
        return _sheet(request, found)
    rows = page_of(found, request.GET)
    figures = bought_by([member.pk for member in rows])
    context = desk_context(
        request,
        columns=COLUMNS,
        rows=rows,
        lines=[(member, _phone(request, member), figures[member.pk], _points(member)) for member in rows],
        filters=filters,
        is_filtered=bool(filters.word()) or bool(kind),
        export=sheet_address(request),
        now=now,
        tabs=state_tabs(request.GET, states=MemberKind.choices, counts={}),
    )
    return render(request, "backoffice/members.html", context)


@require_safe
@staff_only
def member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Show one member: orders, points, coupons, requests and addresses, all of one page's statements."""
    known, now = member_for_desk(member_id), clock.now()
    coupons = coupons_of_member(member=known, state="", now=now, after=None, limit=_FEW)
    context = desk_context(
        request,
        member=known,
        phone=_phone(request, known),
        figures=bought_by([known.pk])[known.pk],
        points=_points(known),
        balance_minor=known.balance.amount_minor if hasattr(known, "balance") else 0,
        binding=binding_of(known),
        columns=ORDER_COLUMNS,
        rows=page_of(orders_of_member(known), request.GET),
        coupons=[(coupon, coupon.shown_state(now).label) for coupon in coupons],
        moves=moves_of(member=known, after=None, limit=_FEW),
        after_sales=after_sales_of(member=known, limit=_FEW),
        addresses=[
            (one.name[:1] + "**", masked(one.phone), f"{one.city}{one.district}{one.detail[:_SEEN]}****")
            for one in addresses_of(known)
        ],
        now=now,
        crumbs=[(_("顾客列表"), "/backoffice/members"), (known.nickname, "")],
    )
    return render(request, "backoffice/member.html", context)


def _phone(request: HttpRequest, member: Member) -> str:
    # Whole for the shop's owner and managers; a clerk, and the platform's people on a visit, know a member by its end
    sees_all = request.seat.role in CHANGERS and not getattr(request, "support", None)  # type: ignore[attr-defined]
    return member.phone if sees_all else member.phone_masked


def _points(member: Member) -> int:
    return member.purse.free if hasattr(member, "purse") else 0


def _sheet(request: HttpRequest, found: Any) -> HttpResponse:
    heads = [_("顾客"), _("手机号"), _("订单"), _("累计成交"), _("最近下单"), _("积分"), _("加入时间")]
    currency = request.store.currency  # type: ignore[attr-defined]

    def rows_of(piece: Sequence[Member]) -> Iterator[list[Cell]]:
        figures = bought_by([member.pk for member in piece])
        for one in piece:
            sold = figures[one.pk]
            last = moment(sold.last_at) if sold.last_at else ""
            values = [one.nickname, _phone(request, one), sold.orders, major(sold.gmv_minor, currency), last]
            yield [Cell(value) for value in (*values, _points(one), moment(one.joined_at))]

    return whole(_("顾客列表"), heads, found, rows_of)
