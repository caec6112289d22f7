"""Reading a merchant's spreadsheet as rows of text, whatever program wrote it."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from tenants.catalog.services.import_goods.archive import open_archive
from tenants.catalog.services.import_goods.columns import head_row_of
from tenants.catalog.services.import_goods.pictures import (
    embedded_name,
    embedded_pictures,
    floating_pictures,
    path_of_sheet,
)
from tenants.catalog.services.import_goods.refusals import EmptySheet, NotASheet, SheetTooLarge
from tenants.catalog.services.import_goods.survey import BROKEN_PARTS, SheetPart, covered_cells, survey_of

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 5_000
_MOST_COLUMNS = 60
_MOST_TITLE_ROWS = 10  # a title, a date, a note may stand above the head row
_MOST_SCANNED = 20_000  # rows looked at, blank ones included
_LONGEST_CELL = 32_767  # the format's own limit
GOODS_SHEET = "商品"
_HEAVY = 1_000_000  # elements in the whole file
_BEGINNING = 2_000
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class SheetRow:
    """One row as written: its number in the file (from 1) and the text of its cells."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet's one table."""

    head: Sequence[str]
    head_number: int
    rows: Sequence[SheetRow]
    name: str = ""  # of the sheet in an .xlsx
    encoding: str = ""  # of a .csv
    delimiter: str = ","
    pictures: dict[tuple[int, int], bytes] = field(default_factory=dict)  # by (row, column), both from 1
    uncomputed: frozenset[tuple[int, int]] = frozenset()  # formulas whose result was never saved
    covered: frozenset[tuple[int, int]] = frozenset()  # cells below a merged one, which says nothing of them
    hidden_rows: frozenset[int] = frozenset()
    is_heavy: bool = False  # it takes much memory to load it for writing

    @property
    def is_csv(self) -> bool:
        return bool(self.encoding)


def read_sheet(content: bytes, *, file_name: str) -> Sheet:
    """Read the goods' table of an .xlsx or .csv file. :raises NotASheet, SheetTooLarge, EmptySheet:"""
    if len(content) > MOST_BYTES:
        raise SheetTooLarge
    if not content.strip():
        raise EmptySheet(_("这是一个空文件。"))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _read_xlsx(content)
    if file_name.lower().endswith((".csv", ".txt")):
        return _read_csv(content)
    raise NotASheet


def _read_xlsx(content: bytes) -> Sheet:
    archive = open_archive(content)
    survey = survey_of(archive)
    try:
        name, rows = _xlsx_rows(content, computed=True)
        part = survey.sheets.get(path_of_sheet(archive, name)) or SheetPart()
        formulas = _formulas(content) if part.has_formulas else {}
        pictures = floating_pictures(archive, name)
        embedded = embedded_pictures(archive)
    except (LookupError, TypeError, AttributeError, ParseError, ArithmeticError, *BROKEN_PARTS):
        # what openpyxl and zipfile let through when the parts of a workbook are missing or contradict each other
        raise NotASheet from None
    texts = {(row.number, column): text for row in rows for column, text in enumerate(row.cells, start=1)}
    for cell, formula in formulas.items():
        if (picture := embedded.get(embedded_name(formula))) is not None:
            pictures[cell] = picture
    head, body = _cut(rows)
    return Sheet(
        head=head.cells,
        head_number=head.number,
        rows=body,
        name=name,
        pictures=pictures,
        uncomputed=frozenset(cell for cell in formulas if not texts.get(cell) and cell not in pictures),
        covered=covered_cells(part.merged, rows={row.number for row in body}, columns=_MOST_COLUMNS),
        hidden_rows=frozenset(part.hidden_rows),
        is_heavy=survey.elements > _HEAVY,
    )


def _xlsx_rows(content: bytes, *, computed: bool) -> tuple[str, list[SheetRow]]:
    book = load_workbook(BytesIO(content), read_only=True, data_only=computed, keep_links=False)
    try:
        # what a merchant hid is not what they mean to send
        shown = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
        sheet = next((one for one in shown if one.title == GOODS_SHEET), shown[0])
        sheet.reset_dimensions()  # some programs write wrong ones
        cells = sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS, max_row=_MOST_SCANNED)
        return sheet.title, _kept(tuple(_text(value) for value in row) for row in cells)
    finally:
        book.close()


def _formulas(content: bytes) -> dict[tuple[int, int], str]:
    _name, rows = _xlsx_rows(content, computed=False)
    return {
        (row.number, column): text
        for row in rows
        for column, text in enumerate(row.cells, start=1)
        if text.startswith("=")
    }


def _read_csv(content: bytes) -> Sheet:
    encoding, text = _decoded(content)
    # bytes of something else, read two by two, hold neither a line's end nor what parts cells
    if "\x00" in text or not set(text) & set(",;\t|\r\n"):
        raise NotASheet
    delimiter = max(",;\t|", key=text[:4000].count)
    try:
        rows = _kept(tuple(_text(value) for value in row) for row in csv.reader(StringIO(text), delimiter=delimiter))
    except csv.Error:
        raise NotASheet from None
    head, body = _cut(rows)
    return Sheet(head=head.cells, head_number=head.number, rows=body, encoding=encoding, delimiter=delimiter)


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's "Unicode text"
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\x00" in content[:_BEGINNING]:  # "Unicode text" without its mark: which half of each pair is empty
        is_little = content[1:_BEGINNING:2].count(0) > content[0:_BEGINNING:2].count(0)
        encodings = ("utf-16-le",) if is_little else ("utf-16-be",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            return encoding, content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotASheet


def _kept(rows: Iterable[Sequence[str]]) -> list[SheetRow]:
    kept: list[SheetRow] = []
    for number, cells in enumerate(rows, start=1):
        if any(cells):
            kept.append(SheetRow(number, cells))
        if len(kept) > MOST_ROWS + _MOST_TITLE_ROWS:
            raise SheetTooLarge
    return kept


def _cut(rows: Sequence[SheetRow]) -> tuple[SheetRow, list[SheetRow]]:
    if not rows:
        raise EmptySheet
    at = head_row_of([row.cells for row in rows[:_MOST_TITLE_ROWS]])
    head, body = rows[at], list(rows[at + 1 :])
    if not body:
        raise EmptySheet
    if len(body) > MOST_ROWS:
        raise SheetTooLarge
    return SheetRow(head.number, head.cells[: _last_filled(head.cells, body)]), body


def _last_filled(head: Sequence[str], body: Sequence[SheetRow]) -> int:
    return max(
        index for cells in [head, *(row.cells for row in body)] for index, text in enumerate(cells, start=1) if text
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()  # as the spreadsheet shows it; TRUE is not one yuan
    if isinstance(value, datetime) and value.time() != time.min:
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, int | float | Decimal):
        return _number(value)
    return str(value).strip()[:_LONGEST_CELL]


def _number(value: int | float | Decimal) -> str:
    # A spreadsheet computes in binary: 19.9 * 3 is 59.699999999999996 there. Six decimals are what was meant.
    exact = Decimal(str(value))
    if not exact.is_finite():
        return str(value)
    rounded = exact.quantize(Decimal("0.000001")) if abs(exact) < Decimal(10) ** 15 else exact
    written = f"{rounded:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
