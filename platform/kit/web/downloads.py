"""Handing out tables as files: CSV that Excel opens as it should, written row by row, and .xlsx."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from kit.money import exponent_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOM = "\ufeff"  # without it Excel reads the Chinese as Latin
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | Decimal | None


def major(amount_minor: int, currency: str) -> Decimal:
    """Write minor units as a number of major ones, for a cell that is to be added up."""
    return Decimal(amount_minor).scaleb(-exponent_of(currency))


def csv_download(*, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Answer with a CSV of any length, written while it is sent. ``rows`` may be a generator.

    A generator opens its own scope for each stretch it reads: the view's is closed when it runs.
    """
    answer = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer  # type: ignore[return-value]  # a streaming response, of which the stubs think less than Django does


def xlsx_download(*, name: str, sheet: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Answer with an .xlsx: amounts are numbers, everything typed by people stays text."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.freeze_panes = "A2"
    page.append([_bold(page, label) for label in head])
    for row in rows:
        page.append([_text(page, cell) if isinstance(cell, str) else cell for cell in row])
    written = BytesIO()
    book.save(written)
    answer = HttpResponse(written.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def harmless(cell: Cell) -> Cell:
    """Take the power out of a text that a spreadsheet would run as a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    line = StringIO()
    writer = csv.writer(line)
    yield _BOM + _written(writer, line, head)
    for row in rows:
        yield _written(writer, line, [harmless(cell) for cell in row])


def _written(writer: Any, line: StringIO, row: Sequence[Cell]) -> str:
    line.seek(0)
    line.truncate()
    writer.writerow(row)
    return line.getvalue()


def _text(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=text)
    cell.data_type = "s"  # not "f": a text that begins with "=" is a text
    return cell


def _bold(page: Any, text: str) -> Any:
    cell = _text(page, text)
    cell.font = Font(bold=True)
    return cell
