"""What every page of the operator's console stands in."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kit.web.shell import Console, MenuItem, menu_at

MENU = (
    MenuItem(_("总览"), "/console/", "layout-dashboard"),
    MenuItem(
        _("经营指标"),
        "/console/metrics",
        "chart-line",
        below=(
            MenuItem(_("经常收入"), "/console/metrics"),
            MenuItem(_("留存"), "/console/metrics/cohorts"),
            MenuItem(_("交易与欠款"), "/console/metrics/trade"),
            MenuItem(_("店铺健康"), "/console/metrics/health"),
        ),
    ),
    MenuItem(_("店铺"), "/console/stores", "store"),
    MenuItem(_("域名"), "/console/domains", "globe"),
    MenuItem(_("账单"), "/console/invoices", "receipt"),
    MenuItem(
        _("收款"),
        "/console/charges",
        "wallet",
        below=(
            MenuItem(_("扣款记录"), "/console/charges"),
            MenuItem(_("催收"), "/console/dunning"),
            MenuItem(_("银行转账"), "/console/transfers"),
            MenuItem(_("代付"), "/console/payers"),
            MenuItem(_("争议"), "/console/disputes"),
            MenuItem(_("对账"), "/console/reconciliation"),
            MenuItem(_("收入确认"), "/console/revenue"),
            MenuItem(_("暂停的账户"), "/console/parked"),
        ),
    ),
    MenuItem(
        _("套餐与价格"),
        "/console/prices",
        "tag",
        below=(MenuItem(_("套餐与价格"), "/console/prices"), MenuItem(_("优惠码"), "/console/coupons")),
    ),
    MenuItem(_("退款与贷项"), "/console/credits", "undo-2"),
    MenuItem(_("发票"), "/console/fapiao", "file-text"),
    MenuItem(_("邮件与短信"), "/console/letters", "mail"),
    MenuItem(_("外部事件"), "/console/events", "inbox"),
    MenuItem(_("开通池"), "/console/pool", "boxes"),
    MenuItem(_("店铺升级"), "/console/fleet", "layers"),
    MenuItem(_("平台协助"), "/console/support", "life-buoy"),
)


def console_context(request: HttpRequest, **context: Any) -> dict[str, Any]:
    """Add the frame to a page's own words."""
    console = Console(
        name=_("邻里运营台"),
        menu=menu_at(request.path, MENU),
        person_name=str(request.person),  # type: ignore[attr-defined]
        person_note=_("平台运营"),
        home="/console/",
        search_url="/console/search",
        search_says=_("搜索店铺、账单、订单、手机或域名"),
        person_links=(
            MenuItem(_("修改密码"), "/console/password", "lock"),
            MenuItem(_("运营人员"), "/console/people", "users"),
        ),
        sign_out_url="/console/logout",
    )
    return {"console": console, **context}
