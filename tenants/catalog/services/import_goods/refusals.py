"""Why a file is not read as a sheet."""

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused


class NotASheet(Refused):
    """The file is no spreadsheet we can read."""

    code, kind, sentence = "not_a_sheet", Kind.INVALID, _("读不了这个文件，请上传 .xlsx 或 .csv 表格。")


class SheetTooLarge(Refused):
    """More than 10 MB or 5,000 rows."""

    code, kind, sentence = "sheet_too_large", Kind.INVALID, _("表格太大：一次最多 5,000 行、10 MB，请分几次上传。")


class EmptySheet(Refused):
    """There is a head row at best, and nothing under it."""

    code, kind, sentence = "empty_sheet", Kind.INVALID, _("表格里没有商品，请把商品填在表头下面再上传。")


class HeadTwice(Refused):
    """Two columns have the same head, and both would be read."""

    code, kind, sentence = "head_twice", Kind.INVALID, _("表头有两列写得一样，请只留一列再上传。")


def too_much_inside() -> NotASheet:
    """Refuse a file that is small only as long as it is packed."""
    return NotASheet(_("表格解开后太大了，请分成几个文件上传。"))


def locked() -> NotASheet:
    """Refuse a file that opens with a password only."""
    return NotASheet(_("这是旧版 .xls 或加了密码的表格，请在 Excel 里另存为不加密的 .xlsx 再上传。"))


def head_twice(head: str) -> HeadTwice:
    """Refuse a sheet for the head that it has twice."""
    return HeadTwice(_("表头“%(head)s”有两列，请只留一列再上传。") % {"head": head})
