"""Writing an .xlsx while it is sent: what was written is let go, so a million rows need no more memory than a hundred.

openpyxl gives a file only when it is whole. This writes the few parts of the format that a table needs.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | Decimal | None
MOST_ROWS = 1_048_576  # of one sheet, head included: the format's own limit
_MOST_BYTES = 1_500_000_000  # of one sheet: beyond 2 GiB the zip needs marks that some readers do not know
_MOST_LETTERS = 32_767  # of one cell: the format's own limit
_AT_ONCE = 65_536
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what no XML may hold must not cost the whole file
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_TEXT, _HEAD, _MUST = 1, 2, 3  # places in the list of styles below
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="3"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><color rgb="FFD4380D"/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="49" fontId="2" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """What a table is called, its heads, how wide its columns are; heads in ``must`` stand out."""

    name: str
    head: Sequence[str]
    widths: Sequence[int] = ()
    must: frozenset[str] = frozenset()


def written(sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Write rows as an .xlsx, piece by piece: numbers are numbers, everything typed by people stays text.

    What is more than a sheet of the format holds goes on in further sheets of the same file, each with its head.
    """
    pipe = _Pipe()
    names: list[str] = []
    remaining = iter(rows)
    row = next(remaining, None)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        while not names or row is not None:
            names.append(_name(sheet.name, len(names) + 1))
            with book.open(f"xl/worksheets/sheet{len(names)}.xml", "w") as page:
                size, count = page.write(_opened(sheet)), 1
                while row is not None and count < MOST_ROWS and size < _MOST_BYTES:
                    count += 1
                    size += page.write(_row(row, count))
                    row = next(remaining, None)
                    if pipe.length >= _AT_ONCE:
                        yield pipe.taken()
                page.write(b"</sheetData></worksheet>")
        for place, text in _frame(names).items():
            book.writestr(place, text)
    yield pipe.taken()


class _Pipe:
    """Where the zip is written to: it cannot be looked back into, and is emptied as it fills."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.length = 0

    def write(self, part: Any, /) -> int:
        self._parts.append(bytes(part))
        self.length += len(part)
        return len(part)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """The zip leaves closing to its owner, and there is nothing to close."""

    def taken(self) -> bytes:
        """Hand out what was written since the last time."""
        whole = b"".join(self._parts)
        self._parts, self.length = [], 0
        return whole


def _opened(sheet: Sheet) -> bytes:
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
        for place, width in enumerate(sheet.widths, start=1)
    )
    head = "".join(
        _text(f"{_column(place)}1", text, _MUST if text in sheet.must else _HEAD)
        for place, text in enumerate(sheet.head)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'{f"<cols>{widths}</cols>" if widths else ""}<sheetData><row r="1">{head}</row>'
    ).encode()


def _row(row: Sequence[Cell], number: int) -> bytes:
    cells = "".join(_cell(f"{_column(place)}{number}", value) for place, value in enumerate(row))
    return f'<row r="{number}">{cells}</row>'.encode()


def _cell(place: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return _text(place, f"{value:%Y-%m-%d}" if isinstance(value, date | datetime) else str(value), _TEXT)
    return f'<c r="{place}"><v>{value}</v></c>'


def _text(place: str, text: str, style: int) -> str:
    # A cell of a text: one that begins with "=" is no formula, one of digits keeps its zeros
    clean = escape(_ILLEGAL.sub("", text[:_MOST_LETTERS]))
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{clean}</t></is></c>'


def _column(place: int) -> str:
    return chr(65 + place) if place < 26 else _column(place // 26 - 1) + chr(65 + place % 26)


def _name(name: str, number: int) -> str:
    plain = _ILLEGAL.sub("", _NOT_IN_NAMES.sub(" ", name)).strip("' ") or "1"
    return plain[:30] if number == 1 else f"{plain[:25]} ({number})"


def _frame(names: Sequence[str]) -> dict[str, str]:
    sheets = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
    pages = "".join(
        f'<Relationship Id="r{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>'
        for n in range(1, len(names) + 1)
    )
    relations = f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    return {
        "xl/styles.xml": _STYLES,
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{sheets}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'{relations}{pages}<Relationship Id="styles" Type="{_DOCUMENT}/styles" '
        'Target="styles.xml"/></Relationships>',
        "_rels/.rels": f'{relations}<Relationship Id="book" Type="{_DOCUMENT}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{kinds}</Types>',
    }
