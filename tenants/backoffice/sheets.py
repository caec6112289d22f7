"""Orders and differences as spreadsheets, one row a line of goods."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from kit.money import exponent_of
from kit.web.format import day, moment
from kit.web.xlsx import Sheet
from tenants.orders.models import Order
from tenants.orders.remarks import remark_on
from tenants.payments.models import Difference

_WIDTHS = (18, 17, 10, 12, 14, 20, 12, 12, 22, 12, 8, 10, 10, 10, 8, 20, 20, 24)


def orders_sheet() -> Sheet:
    """Describe the sheet of orders."""
    return Sheet(_("订单"), _heads(), _WIDTHS)


def order_rows(orders: Iterable[Order]) -> Iterator[list[Any]]:
    """Write orders with their lines: amounts are numbers, to be added up in the sheet."""
    for order in orders:
        yield from _rows(order)


def differences_sheet() -> Sheet:
    """Describe the sheet of differences."""
    heads = [
        _("日期"),
        _("渠道"),
        _("类型"),
        _("差异"),
        _("单号"),
        _("本店"),
        _("渠道金额"),
        _("状态"),
        _("说明"),
        _("处理人"),
    ]
    return Sheet(_("对账差异"), heads)


def difference_rows(found: Sequence[Difference]) -> Iterator[list[Any]]:
    """Write differences."""
    for one in found:
        amounts = [
            None if minor is None else major(minor, one.currency) for minor in (one.ours_minor, one.theirs_minor)
        ]
        words = [day(one.day), one.provider, one.get_subject_display(), one.get_kind_display(), one.key]
        yield [*words, *amounts, one.get_state_display(), one.note, one.closed_by]


def _heads() -> list[str]:
    return [
        _("订单号"), _("下单时间"), _("状态"), _("联系人"), _("手机号"), _("自提点"), _("团长"), _("提货日期"),
        _("商品"), _("规格"), _("数量"), _("单价"), _("小计"), _("优惠后"), _("已提"), _("缺货说明"),
        _("备注"), _("商家备注"),
    ]  # fmt: skip


def _rows(order: Order) -> Iterable[list[Any]]:
    for line in order.lines.all():
        yield [
            order.number, moment(order.placed_at), order.get_state_display(), order.contact_name, order.contact_phone,
            order.point_name, order.leader_name, day(order.pickup_date), line.title, line.sku_label, line.quantity,
            major(line.unit_price_minor, order.currency), major(line.total_minor, order.currency),
            major(line.net_minor, order.currency), line.handed_quantity, "；".join(line.shortage_notes),
            order.remark, remark_on(order),
        ]  # fmt: skip


def major(amount_minor: int, currency: str) -> Decimal:
    """Write minor units as a number of major ones, to be added up in the sheet."""
    return Decimal(amount_minor).scaleb(-exponent_of(currency))
