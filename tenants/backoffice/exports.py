"""The lists of the back office as spreadsheets: what a list shows with its filters, all of it, through one door.

Lists drawn by ``listing.show_list`` have this already; here are those with pages of their own. Each writes the same
columns whatever the page shows, read a piece at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kit.web.format import moment
from tenants.analytics.selectors import figures_of_campaigns, figures_of_leaders
from tenants.backoffice.listing import Cell, whole
from tenants.backoffice.sheets import major


def wants_sheet(request: HttpRequest) -> bool:
    """Say whether the list is asked for as a spreadsheet."""
    return request.GET.get("export") == "xlsx"


def sheet_address(request: HttpRequest) -> str:
    """Write the address of the list that is shown, as a spreadsheet."""
    asked = request.GET.copy()
    asked["export"] = "xlsx"
    return f"?{asked.urlencode()}"


def leaders_sheet(request: HttpRequest, found: QuerySet[Any]) -> HttpResponse:
    """Give leaders with their points and what they sold."""
    heads = [_("团长"), _("手机号"), _("自提点"), _("订单"), _("累计成交"), _("状态"), _("说明"), _("加入时间")]

    def row_of(leader: Any, figures: Any) -> list[Any]:
        points = _("、").join(point.name for point in leader.pickup_points.all())
        sold = figures[leader.pk]
        return [leader.name, leader.phone, points, sold.orders, _amount(request, sold.gmv_minor),
                leader.get_state_display(), leader.resting_note, moment(leader.joined_at)]  # fmt: skip

    def rows_of(leaders: Sequence[Any]) -> Iterator[list[Any]]:
        figures = figures_of_leaders([leader.pk for leader in leaders])
        return (row_of(leader, figures) for leader in leaders)

    return _sheet(_("团长"), heads, found, rows_of)


def campaigns_sheet(
    request: HttpRequest, found: QuerySet[Any], *, labels: Mapping[str, Any], now: datetime
) -> HttpResponse:
    """Give group buys with what came of them."""
    heads = [_("团期"), _("开团"), _("截单"), _("提货日期"), _("商品"), _("已售"), _("已订"), _("成交额"), _("状态")]

    def row_of(one: Any, figures: Any) -> list[Any]:
        return [one.name, moment(one.opens_at), moment(one.cutoff_at), f"{one.pickup_date:%Y-%m-%d}", one.goods,
                one.pieces_sold, one.pieces_taken, _amount(request, figures[one.pk].gmv_minor),
                str(labels[one.shown_state(now)])]  # fmt: skip

    def rows_of(campaigns: Sequence[Any]) -> Iterator[list[Any]]:
        figures = figures_of_campaigns([campaign.pk for campaign in campaigns])
        return (row_of(one, figures) for one in campaigns)

    return _sheet(_("团期"), heads, found, rows_of)


def coupons_sheet(request: HttpRequest, found: QuerySet[Any], *, now: datetime) -> HttpResponse:
    """Give coupons with how many were claimed and used."""
    heads = [
        _("优惠券"),
        _("券码"),
        _("领取时间"),
        _("领取截止"),
        _("已领"),
        _("总量"),
        _("已用"),
        _("已抵扣"),
        _("状态"),
    ]

    def row_of(kind: Any) -> list[Any]:
        return [kind.name, kind.code, moment(kind.claim_from), moment(kind.claim_until), kind.issued, kind.total,
                kind.used, _amount(request, kind.spent_minor), _running(kind.shown_state(now))]  # fmt: skip

    return _sheet(_("优惠券"), heads, found, lambda piece: map(row_of, piece))


def promotions_sheet(_request: HttpRequest, found: QuerySet[Any], *, now: datetime) -> HttpResponse:
    """Give promotions."""
    heads = [_("活动"), _("类型"), _("开始时间"), _("结束时间"), _("状态")]

    def row_of(one: Any) -> list[Any]:
        return [one.name, one.get_kind_display(), moment(one.starts_at), moment(one.ends_at),
                _running(one.shown_state(now))]  # fmt: skip

    return _sheet(_("满减和加购优惠"), heads, found, lambda piece: map(row_of, piece))


def reviews_sheet(_request: HttpRequest, found: QuerySet[Any]) -> HttpResponse:
    """Give reviews with their answers."""
    heads = [
        _("时间"),
        _("商品"),
        _("规格"),
        _("顾客"),
        _("星级"),
        _("评价"),
        _("追评"),
        _("图片"),
        _("回复"),
        _("状态"),
    ]

    def row_of(one: Any) -> list[Any]:
        return [moment(one.created_at), one.title, one.sku_label, one.member.nickname, one.stars, one.words,
                one.added_words, len(one.pictures.all()), one.reply, one.get_state_display()]  # fmt: skip

    return _sheet(_("评价"), heads, found, lambda piece: map(row_of, piece))


def _sheet(
    name: str, heads: Sequence[str], found: QuerySet[Any], rows_of: Callable[[Sequence[Any]], Iterable[Sequence[Any]]]
) -> HttpResponse:
    def cells_of(piece: Sequence[Any]) -> Iterator[list[Cell]]:
        return ([Cell("" if value is None else value) for value in row] for row in rows_of(piece))

    return whole(name, heads, found, cells_of)


def _running(state: str) -> str:
    words = {"draft": _("草稿"), "scheduled": _("未开始"), "running": _("进行中"), "over": _("已结束")}
    return words.get(state, _("已停止"))


def _amount(request: HttpRequest, amount_minor: int) -> Any:
    return major(amount_minor, request.store.currency)  # type: ignore[attr-defined]
