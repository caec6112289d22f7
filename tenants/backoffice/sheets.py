"""Orders as a spreadsheet, one row a line of goods."""

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from kit.money import exponent_of
from kit.web.format import day, moment
from tenants.orders.models import Order
from tenants.payments.models import Difference

_WIDTHS = (18, 17, 10, 12, 14, 20, 12, 12, 22, 12, 8, 10, 10, 10, 20)


def orders_sheet(orders: Iterable[Order]) -> bytes:
    """Write orders with their lines as .xlsx; amounts are numbers, everything typed by people stays text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("订单"))
    sheet.freeze_panes = "A2"
    for index, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGHIJKLMNO"[index]].width = width
    sheet.append([bold(sheet, head) for head in _heads()])
    for order in orders:
        for row in _rows(order):
            sheet.append([cell(sheet, value) for value in row])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def differences_sheet(found: Iterable[Difference]) -> bytes:
    """Write differences as .xlsx."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("对账差异"))
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
    sheet.append([bold(sheet, head) for head in heads])
    for one in found:
        amounts = [
            None if minor is None else major(minor, one.currency) for minor in (one.ours_minor, one.theirs_minor)
        ]
        words = [day(one.day), one.provider, one.get_subject_display(), one.get_kind_display(), one.key]
        row = [*words, *amounts, one.get_state_display(), one.note, one.closed_by]
        sheet.append([cell(sheet, "" if value is None else value) for value in row])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _heads() -> list[str]:
    return [
        _("订单号"), _("下单时间"), _("状态"), _("联系人"), _("手机号"), _("自提点"), _("团长"), _("提货日期"),
        _("商品"), _("规格"), _("数量"), _("单价"), _("小计"), _("优惠后"), _("已提"), _("备注"),
    ]  # fmt: skip


def _rows(order: Order) -> Iterable[list[Any]]:
    for line in order.lines.all():
        yield [
            order.number, moment(order.placed_at), order.get_state_display(), order.contact_name, order.contact_phone,
            order.point_name, order.leader_name, day(order.pickup_date), line.title, line.sku_label, line.quantity,
            major(line.unit_price_minor, order.currency), major(line.total_minor, order.currency),
            major(line.net_minor, order.currency), line.handed_quantity, order.remark,
        ]  # fmt: skip


def major(amount_minor: int, currency: str) -> Decimal:
    """Write minor units as a number of major ones, to be added up in the sheet."""
    return Decimal(amount_minor).scaleb(-exponent_of(currency))


def cell(sheet: Any, value: Any) -> Any:
    """Make a cell; what people typed stays text."""
    if not isinstance(value, str):
        return value
    # A remark that begins with "=" would be a formula in the merchant's spreadsheet: text is written as text
    # and a control character, which no .xlsx may hold, must not cost the whole sheet
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell


def bold(sheet: Any, text: str) -> Any:
    """Make a cell of the head row."""
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell
