"""Giving a sheet back with the reasons beside its wrong rows, in the form it came in."""

import csv
import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill

from tenants.catalog.services.import_goods.archive import without_strange_pictures
from tenants.catalog.services.import_goods.columns import REASON_HEAD
from tenants.catalog.services.import_goods.sheet import Sheet, SheetRow
from tenants.catalog.services.import_goods.workbook import GoodsBook

_WRONG = PatternFill("solid", fgColor="FFFDE2E1")
_REASON = Font(color="FFB91C1C", bold=True)
_WIDTH = 60


def problems_file(*, content: bytes, sheet: Sheet, wrong: Mapping[int, Sequence[str]]) -> bytes:
    """Write the merchant's own file with a column 错误原因 and the wrong rows coloured.

    A file that has the column already (it came from us) gets it filled anew.
    """
    if sheet.is_csv:
        return _as_csv(content, sheet, wrong)
    return _as_xlsx(content, sheet, wrong)


def _as_xlsx(content: bytes, sheet: Sheet, wrong: Mapping[int, Sequence[str]]) -> bytes:
    if sheet.is_heavy:
        return _as_plain_xlsx(sheet, wrong)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of each picture it leaves out
        book = load_workbook(BytesIO(without_strange_pictures(content)), keep_links=False)
    table = book[sheet.name]
    column = _reason_column(sheet) + 1
    for row in sheet.rows:
        cell = table.cell(row.number, column)
        if isinstance(cell, Cell):
            cell.value = None
    head = table.cell(sheet.head_number, column, REASON_HEAD)
    head.font = _REASON
    table.column_dimensions[head.column_letter].width = _WIDTH
    for number, reasons in wrong.items():
        for place in range(1, column + 1):
            table.cell(number, place).fill = _WRONG
        reason = table.cell(number, column)
        reason.value, reason.data_type = " ".join(reasons), "s"
        reason.font, reason.alignment = _REASON, Alignment(wrap_text=True, vertical="top")
    book.active = book.sheetnames.index(sheet.name)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _as_plain_xlsx(sheet: Sheet, wrong: Mapping[int, Sequence[str]]) -> bytes:
    # a file full of other sheets would fill the memory: their own table alone comes back, without colours
    column = _reason_column(sheet)
    book = GoodsBook()

    def cells_of(row: SheetRow) -> list[str]:
        own = [*row.cells[:column], *[""] * (column - len(row.cells))]
        return [*own, " ".join(wrong.get(row.number, ()))]

    head = [*sheet.head[:column], *[""] * (column - len(sheet.head)), REASON_HEAD]
    book.add_sheet(name=sheet.name, head=head, rows=map(cells_of, sheet.rows), widths=[*[14] * column, _WIDTH])
    return book.content()


def _as_csv(content: bytes, sheet: Sheet, wrong: Mapping[int, Sequence[str]]) -> bytes:
    column = _reason_column(sheet)
    target = StringIO()
    writer = csv.writer(target, delimiter=sheet.delimiter, lineterminator="\r\n")
    source = csv.reader(StringIO(content.decode(sheet.encoding)), delimiter=sheet.delimiter)
    for number, cells in enumerate(source, start=1):
        own = [*cells[:column], *[""] * (column - len(cells))]
        reason = REASON_HEAD if number == sheet.head_number else " ".join(wrong.get(number, ()))
        writer.writerow([*own, reason])
    return target.getvalue().encode(sheet.encoding, errors="replace")


def _reason_column(sheet: Sheet) -> int:
    heads = [text.strip() for text in sheet.head]
    return heads.index(REASON_HEAD) if REASON_HEAD in heads else len(heads)
