"""What every page of the back office stands in: the menu, who is there, what they may do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from control.people.models import Role
from control.support.models import SupportVisit
from kit import clock
from kit.tenancy import StoreRef
from kit.web.format import clock_time, moment
from kit.web.shell import Banner, Console, MenuItem, menu_at
from tenants.payments.setup import expiring_soon

MENU = (
    MenuItem(_("概况"), "/backoffice/", "layout-dashboard"),
    MenuItem(_("团期"), "/backoffice/campaigns", "calendar-clock"),
    MenuItem(
        _("商品"),
        "/backoffice/products",
        "package",
        below=(
            MenuItem(_("商品列表"), "/backoffice/products"),
            MenuItem(_("分类"), "/backoffice/categories"),
            MenuItem(_("标签和品牌"), "/backoffice/tags"),
            MenuItem(_("搜索热词"), "/backoffice/hot-words"),
            MenuItem(_("评价"), "/backoffice/reviews"),
            MenuItem(_("表格导入"), "/backoffice/imports"),
        ),
    ),
    MenuItem(
        _("库存"),
        "/backoffice/stock",
        "boxes",
        below=(
            MenuItem(_("库存列表"), "/backoffice/stock"),
            MenuItem(_("批次"), "/backoffice/batches"),
            MenuItem(_("召回"), "/backoffice/recalls"),
            MenuItem(_("盘点"), "/backoffice/takes"),
            MenuItem(_("调拨"), "/backoffice/transfers"),
            MenuItem(_("采购单"), "/backoffice/purchases"),
            MenuItem(_("供应商"), "/backoffice/suppliers"),
            MenuItem(_("仓库"), "/backoffice/warehouses"),
        ),
    ),
    MenuItem(_("订单"), "/backoffice/orders", "clipboard-list"),
    MenuItem(_("售后"), "/backoffice/aftersales", "life-buoy"),
    MenuItem(_("顾客列表"), "/backoffice/members", "user"),
    MenuItem(
        _("团长"),
        "/backoffice/leaders",
        "users",
        below=(
            MenuItem(_("团长列表"), "/backoffice/leaders"),
            MenuItem(_("服务区域"), "/backoffice/areas"),
            MenuItem(_("开团申请"), "/backoffice/wishes"),
            MenuItem(_("配送设置"), "/backoffice/delivery"),
        ),
    ),
    MenuItem(
        _("营销"),
        "/backoffice/coupons",
        "percent",
        below=(
            MenuItem(_("优惠券"), "/backoffice/coupons"),
            MenuItem(_("满减和加购优惠"), "/backoffice/promotions"),
            MenuItem(_("积分"), "/backoffice/points"),
        ),
    ),
    MenuItem(_("佣金设置"), "/backoffice/commission", "hand-coins"),
    MenuItem(
        _("收款"),
        "/backoffice/payments/stuck",
        "wallet",
        below=(
            MenuItem(_("支付异常"), "/backoffice/payments/stuck"),
            MenuItem(_("对账"), "/backoffice/payments/books"),
            MenuItem(_("顾客余额"), "/backoffice/balances"),
            MenuItem(_("支付设置"), "/backoffice/payments"),
        ),
    ),
    MenuItem(_("店铺设置"), "/backoffice/shop", "store"),
    MenuItem(_("套餐与账单"), "/backoffice/account/", "credit-card"),
)
CHANGERS = frozenset({Role.OWNER, Role.MANAGER})
_BANNERS = {
    "past_due": Banner(
        _("账单扣款没有成功，请尽快更换付款方式，以免影响开团。"), "warn", "/backoffice/account/", _("去处理")
    ),
    "restricted": Banner(
        _("账单逾期未付，后台现在只能查看，顾客仍可下单。"), "bad", "/backoffice/account/", _("去付款")
    ),
    "read_only": Banner(
        _("店铺已暂停接单，现在只能查看。付清账单后立即恢复。"), "bad", "/backoffice/account/", _("去付款")
    ),
    "suspended": Banner(_("店铺已停用，现在只能查看账单和导出。请联系我们恢复。"), "bad"),
}


# What follows, if nobody pays; the date stands before it
_FOLLOWS = {
    "past_due": "",
    "reminder": _("请在 %(at)s 前付清。"),
    "warning": _("请在 %(at)s 前付清。"),
    "last_call": _("%(at)s 将再次扣款，之后后台会改为只读。"),
    "restricted": _("%(at)s 起后台将只能查看。"),
    "closing_soon": _("请尽快付清，否则店铺将暂停接单（下一步 %(at)s）。"),
    "closed": _("%(at)s 起店铺将暂停接单。"),
    "ending_soon": _("请尽快付清，否则套餐将自动退订（下一步 %(at)s）。"),
    "ended": _("%(at)s 起套餐将自动退订。"),
}


def _banner_of(store: StoreRef) -> Banner | None:
    banner = _BANNERS.get(store.state)
    follows = _FOLLOWS.get(store.next_step)
    if banner is None or store.next_step_at is None or not follows:
        return banner
    dated = str(follows) % {"at": moment(store.next_step_at)}
    return replace(banner, text=f"{banner.text}{dated}", href="/backoffice/account/outstanding", action=_("立即付款"))


def console_of(request: HttpRequest) -> Console:
    """Build the frame for the person and the store of a request that ``staff_only`` let in. Asks no database."""
    store, person, seat = request.store, request.person, request.seat  # type: ignore[attr-defined]
    visit = getattr(request, "support", None)
    banners = [banner for banner in (visit and _visit_banner(visit), _banner_of(store)) if banner]
    return Console(
        name=store.name,
        menu=menu_at(request.path, MENU),
        person_name=str(person),
        person_note=_("平台协助") if visit else seat.get_role_display(),
        home="/backoffice/",
        search_url="/backoffice/search",
        person_links=() if visit else (MenuItem(_("修改密码"), "/backoffice/password", "lock"),),
        sign_out_url="/backoffice/support/leave" if visit else "/backoffice/logout",
        shop_url="/m/",
        banners=banners,
    )


def _visit_banner(visit: SupportVisit) -> Banner:
    words = {"who": visit.operator.email, "until": clock_time(visit.ends_at)}
    may = _("可以修改店铺资料") if visit.may_write else _("只能查看")  # type: ignore[attr-defined]
    return Banner(
        text=format_lazy("{} · {}", _("平台协助：%(who)s 正在店里，%(until)s 结束") % words, may),
        tone="bad",
        href="/backoffice/support/leave",
        action=_("离开"),
        is_post=True,
        seconds_left=max(0, int((visit.ends_at - clock.now()).total_seconds())),
    )


def expiry_banner(*, now: datetime) -> list[Banner]:
    """Warn of a payment company's certificate that ends within thirty days. Asks the database once."""
    channel = expiring_soon(now=now)
    if channel is None:
        return []
    words = _("%(company)s的证书即将到期，到期后收款和退款都会失败。") % {"company": channel.provider_label}
    return [Banner(words, "warn", "/backoffice/payments", _("去更换"))]


def desk_context(request: HttpRequest, *, banners: Sequence[Banner] = (), **context: Any) -> dict[str, Any]:
    """Add to a page's own words what every page of the back office needs."""
    plain = console_of(request)
    console = replace(plain, banners=[*plain.banners, *banners])
    return {
        "console": console,
        "currency": request.store.currency,  # type: ignore[attr-defined]
        "may_change": request.seat.role in CHANGERS,  # type: ignore[attr-defined]
        **context,
    }
