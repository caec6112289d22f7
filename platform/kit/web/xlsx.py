"""Writing an .xlsx of any length: rows go to disk as they come, so a million need no more memory than a hundred."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

Cell = str | int | Decimal | None
MOST_ROWS = 1_048_576  # of one sheet, head included: the format's own limit
_MOST_LETTERS = 32_767  # of one cell: the format's own limit
_AT_ONCE = 65_536
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what no XML may hold must not cost the whole file
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
# A text is a text: one that begins with "=" is no formula, one of digits keeps its zeros
_AS_TYPED = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


@dataclass(frozen=True)
class Sheet:
    """What a table is called, its heads, how wide its columns are; heads in ``must`` stand out."""

    name: str
    head: Sequence[str]
    widths: Sequence[int] = ()
    must: frozenset[str] = frozenset()


def written(sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Write rows as an .xlsx and hand it out in pieces: numbers are numbers, everything typed by people stays text.

    Nothing is handed out before the last row was read, so what goes wrong with a row is still an error page. What is
    more than a sheet of the format holds goes on in further sheets of the same file, each with its head.
    """
    with TemporaryFile(prefix="linli-sheet-") as file:
        _write(file, sheet, iter(rows))
        file.seek(0)
        while part := file.read(_AT_ONCE):
            yield part


def _write(file: IO[bytes], sheet: Sheet, rows: Iterator[Sequence[Cell]]) -> None:
    with Workbook(file, _AS_TYPED) as book:
        book.use_zip64()  # only where a part is beyond 2 GiB
        typed = book.add_format({"num_format": "@"})
        head, must = (
            book.add_format({"num_format": "@", "bold": True, **color}) for color in ({}, {"font_color": "#D4380D"})
        )
        row = next(rows, None)
        while not book.worksheets() or row is not None:
            page = book.add_worksheet(_name(sheet.name, len(book.worksheets()) + 1))
            page.freeze_panes(1, 0)
            for place, width in enumerate(sheet.widths):
                page.set_column(place, place, width)
            for place, text in enumerate(sheet.head):
                page.write_string(0, place, _plain(text), must if text in sheet.must else head)
            count = 1
            while row is not None and count < MOST_ROWS:
                for place, value in enumerate(row):
                    _put(page, count, place, value, typed)
                count += 1
                row = next(rows, None)


def _put(page: Any, row: int, place: int, value: Any, typed: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        text = f"{value:%Y-%m-%d}" if isinstance(value, date | datetime) else str(value)
        page.write_string(row, place, _plain(text), typed)
    else:
        page.write_number(row, place, value)


def _plain(text: str) -> str:
    return _ILLEGAL.sub("", text[:_MOST_LETTERS])


def _name(name: str, number: int) -> str:
    plain = _ILLEGAL.sub("", _NOT_IN_NAMES.sub(" ", name)).strip("' ") or "1"
    return plain[:30] if number == 1 else f"{plain[:25]} ({number})"
