"""How the dashboard's numbers are put into words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from kit.web.charts import Chart, Series
from kit.web.format import money, number
from kit.web.shell import MenuItem
from tenants.analytics.selectors import DayFigures, DayPoint, OpeningStep, ToDos


@dataclass(frozen=True)
class Tile:
    """One number of today beside yesterday's."""

    label: str
    value: str
    note: str
    trend: str  # up, down or nothing
    icon: str
    href: str = ""


@dataclass(frozen=True)
class Step:
    """One line of the opening checklist."""

    title: str
    text: str
    action: str
    href: str
    is_done: bool
    is_next: bool


def tiles_of(*, today: DayFigures, yesterday: DayFigures, currency: str) -> list[Tile]:
    """Write today's four numbers with what they were yesterday."""
    return [
        Tile(
            _("今日成交额"),
            money(today.gmv_minor, currency),
            _("昨日 %(amount)s") % {"amount": money(yesterday.gmv_minor, currency)},
            _trend(today.gmv_minor, yesterday.gmv_minor),
            "wallet",
        ),
        Tile(
            _("今日订单"),
            number(today.orders),
            _("昨日 %(count)s 单") % {"count": number(yesterday.orders)},
            _trend(today.orders, yesterday.orders),
            "clipboard-list",
            "/backoffice/orders",
        ),
        Tile(
            _("今日新会员"),
            number(today.members),
            _("昨日 %(count)s 人") % {"count": number(yesterday.members)},
            _trend(today.members, yesterday.members),
            "users",
        ),
        Tile(
            _("今日退款"),
            money(today.refunds_minor, currency),
            _("昨日 %(amount)s") % {"amount": money(yesterday.refunds_minor, currency)},
            "",
            "undo-2",
        ),
    ]


def steps_of(steps: Sequence[OpeningStep]) -> list[Step]:
    """Write the checklist from an empty store to its first order; the first open step is the next one."""
    words = {
        "brand": (
            _("完善店铺信息"), _("写上公告和客服电话，邻居买得放心。"), _("去填写"), "/backoffice/shop"
        ),
        "goods": (
            _("上架商品"), _("用表格一次导入，几分钟上架几百种。"), _("导入商品"), "/backoffice/imports"
        ),
        "leader": (
            _("添加团长和自提点"), _("在地图上点选位置，顾客就近自提。"), _("添加团长"), "/backoffice/leaders/new"
        ),
        "campaign": (
            _("发布今日团"), _("挑商品、定价格和截单时间，马上开卖。"), _("去开团"), "/backoffice/campaigns/new"
        ),
        "order": (
            _("收到第一单"), _("把店铺链接发到群里，等邻居下单。"), _("拿店铺链接"), "/backoffice/shop#share"
        ),
    }  # fmt: skip
    next_code = next((step.code for step in steps if not step.is_done), "")
    return [Step(*words[step.code], is_done=step.is_done, is_next=step.code == next_code) for step in steps]


def to_do_lines(found: ToDos, *, today: date) -> list[MenuItem]:
    """Write what waits, most pressing first; what is nothing is left out."""
    unpaid = "/backoffice/orders?state=pending_payment"
    lines = [
        MenuItem(_("支付结果待确认"), unpaid, "circle-alert", found.unclear_payments),
        MenuItem(_("截单处理还没完成"), "/backoffice/campaigns?state=closed", "circle-alert", found.overdue_cutoffs),
        MenuItem(_("截单后才付款的订单"), "/backoffice/campaigns?state=closed", "timer", found.late_orders),
        MenuItem(_("在售商品已抢光或缺货"), "/backoffice/campaigns?state=open", "package", found.sold_out_items),
        MenuItem(_("今天待提货的订单"), f"/backoffice/orders?pickup={today}", "package-check", found.pickups_today),
        MenuItem(_("待付款订单"), unpaid, "timer", found.unpaid_orders),
        MenuItem(_("库存低于提醒线"), "/backoffice/stock?level=few", "boxes", found.scarce_skus),
        MenuItem(_("三天内到期的批次"), "/backoffice/batches", "layers", found.ending_batches),
        MenuItem(_("供应商许可证快到期"), "/backoffice/suppliers", "file-text", found.ending_licences),
        MenuItem(_("休息中的团长"), "/backoffice/leaders?state=resting", "pause", found.resting_leaders),
    ]
    return [line for line in lines if line.badge]


def week_chart(line: Sequence[DayPoint], *, currency: str) -> Chart:
    """Draw the last days' sales."""
    return Chart(
        kind="line",
        labels=[f"{point.date:%m-%d}" for point in line],
        series=[Series(_("成交额"), [point.gmv_minor for point in line])],
        currency=currency,
    )


def left_until(moment: datetime, *, now: datetime) -> dict[str, Any]:
    """Split the time that is left into hours and minutes."""
    minutes = max(0, int((moment - now).total_seconds()) // 60)
    return {"hours": minutes // 60, "minutes": minutes % 60}


def _trend(today: int, yesterday: int) -> str:
    return "up" if today > yesterday else "down" if today < yesterday else ""
