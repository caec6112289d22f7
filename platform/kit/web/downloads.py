"""Handing out tables as files: CSV that Excel opens as it should, written row by row, and .xlsx."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from itertools import chain
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from kit.money import exponent_of
from kit.web.pieces import as_asked
from kit.web.xlsx import Cell, Sheet, written

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOM = "\ufeff"  # without it Excel reads the Chinese as Latin
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SHORT = 1 << 20  # bytes that are answered whole, so that what goes wrong in them is an error page


def major(amount_minor: int, currency: str) -> Decimal:
    """Write minor units as a number of major ones, for a cell that is to be added up."""
    return Decimal(amount_minor).scaleb(-exponent_of(currency))


def csv_download(*, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Answer with a CSV of any length, written while it is sent. ``rows`` may be a generator.

    A generator opens its own scope for each stretch it reads: the view's is closed when it runs.
    """
    answer = StreamingHttpResponse(_lines(head, as_asked(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer  # type: ignore[return-value]  # a streaming response, of which the stubs think less than Django does


def xlsx_download(*, name: str, sheet: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Answer with an .xlsx: amounts are numbers, everything typed by people stays text.

    ``rows`` may be a generator, read on while the file is sent: it opens its own scope for each stretch.
    """
    return sent(written(Sheet(sheet, head), as_asked(rows)), name=f"{name}.xlsx")


def sent(parts: Iterator[bytes], *, name: str, content_type: str = XLSX) -> HttpResponse:
    """Answer with a file to be saved under ``name``: a short one whole, a long one while it is written."""
    begun: list[bytes] = []
    size = 0
    for part in parts:
        begun.append(part)
        size += len(part)
        if size > _SHORT:
            break
    else:
        parts = iter(())
    answer: Any
    if size > _SHORT:
        answer = StreamingHttpResponse(chain(begun, parts), content_type=content_type)
    else:
        answer = HttpResponse(b"".join(begun), content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer  # type: ignore[no-any-return]


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
