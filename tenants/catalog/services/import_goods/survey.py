"""Walking through the parts of an .xlsx once, in little memory, before a reader builds anything of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from lzma import LZMAError
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile
from zlib import error

from openpyxl.utils import range_boundaries

from tenants.catalog.services.import_goods.refusals import NotASheet, too_much_inside

_MOST_ELEMENTS = 4_000_000  # of all parts: the reader makes objects of many of them
_MOST_STRINGS = 400_000  # it makes an object of each before it reads the first row
_MOST_A_ROW = 100_000  # a row is read whole; the format's own limit is 16,384 cells
_MOST_MERGED, _MOST_COVERED = 20_000, 400_000
_STRETCH = 64 * 1024
# what zipfile lets through of a part that is broken, has a password or is packed in a way of its own
BROKEN_PARTS = (BadZipFile, EOFError, OSError, ValueError, RuntimeError, error, LZMAError)


@dataclass
class SheetPart:
    """What a worksheet holds beside its values. Rows and columns count from 1."""

    has_formulas: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)  # as written: A2:A5


@dataclass
class Survey:
    """A workbook's parts: how many elements all of them hold, and what was noticed in its sheets, by their path."""

    elements: int = 0
    sheets: dict[str, SheetPart] = field(default_factory=dict)


def survey_of(archive: ZipFile) -> Survey:
    """Walk through every part. :raises NotASheet: it is broken, locked, or more than a reader may be given"""
    survey = Survey()
    for entry in archive.infolist():
        if not entry.filename.startswith("xl/media/"):
            _Walk(survey, entry.filename).through(archive)
    return survey


def covered_cells(merged: list[str], *, rows: set[int], columns: int) -> frozenset[tuple[int, int]]:
    """Say which cells of these rows are hidden below a merged one: all of a range but its first."""
    covered: set[tuple[int, int]] = set()
    looked_at = 0
    for written in merged:
        try:
            left, top, right, bottom = range_boundaries(written)
        except (ValueError, TypeError):
            continue
        if not (left and top and right and bottom):
            continue
        wide = range(left, min(right, columns) + 1)
        high = range(max(top, min(rows)), min(bottom, max(rows)) + 1)
        looked_at += len(wide) * len(high)
        if looked_at > _MOST_COVERED:
            break
        covered.update((row, column) for row in rows & set(high) for column in wide if (row, column) != (top, left))
    return frozenset(covered)


class _Walk:
    """One part under way."""

    def __init__(self, survey: Survey, name: str) -> None:
        self._survey, self._name = survey, name
        self._sheet: SheetPart | None = None
        self._in_row = self._row = self._strings = 0
        self._seen: dict[str, Callable[[dict[str, str]], None]] = {
            "worksheet": self._worksheet,
            "row": self._begin_row,
            "f": self._formula,
            "mergeCell": self._merge,
            "si": self._string,
        }

    def through(self, archive: ZipFile) -> None:
        parser = ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            with archive.open(self._name) as part:
                while stretch := part.read(_STRETCH):
                    parser.Parse(stretch, False)
        except ExpatError:
            return  # no XML, or broken from here on: no reader gets further either
        except BROKEN_PARTS:
            raise NotASheet from None

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._survey.elements += 1
        self._in_row += 1
        if self._survey.elements > _MOST_ELEMENTS or (self._row and self._in_row > _MOST_A_ROW):
            raise too_much_inside()
        seen = self._seen.get(name if ":" not in name else name.rpartition(":")[2])
        if seen:
            seen(attributes)

    def _end(self, name: str) -> None:
        if name.endswith("sheetData"):
            self._row = 0

    def _doctype(self, *_words: object) -> None:
        raise NotASheet  # no program writes one, and only harm comes of entities

    def _worksheet(self, _attributes: dict[str, str]) -> None:
        self._sheet = self._survey.sheets.setdefault(self._name, SheetPart())

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self._row = int(number) if number.isdecimal() and len(number) < 9 else self._row + 1
        self._in_row = 0
        if self._sheet and attributes.get("hidden") in ("1", "true"):
            self._sheet.hidden_rows.add(self._row)

    def _formula(self, _attributes: dict[str, str]) -> None:
        if self._sheet:
            self._sheet.has_formulas = True

    def _merge(self, attributes: dict[str, str]) -> None:
        if self._sheet and len(self._sheet.merged) < _MOST_MERGED:
            self._sheet.merged.append(attributes.get("ref", ""))

    def _string(self, _attributes: dict[str, str]) -> None:
        self._strings += 1
        if self._strings > _MOST_STRINGS:
            raise too_much_inside()
