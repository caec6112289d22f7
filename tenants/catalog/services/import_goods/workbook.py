"""Workbooks we write ourselves: plain text cells that no spreadsheet program takes for a formula."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

_HEAD = PatternFill("solid", fgColor="FF0B7A3B")
_MUST = PatternFill("solid", fgColor="FFD4380D")
MOST_LETTERS_A_CELL = 32_767  # the format's own limit
_WHITE = Font(color="FFFFFFFF", bold=True)


class GoodsBook:
    """A workbook under way; ``content`` ends it."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)

    def add_sheet(
        self,
        *,
        name: str,
        head: Sequence[str],
        rows: Iterable[Sequence[str | int | None]],
        widths: Sequence[int],
        must: frozenset[str] = frozenset(),
    ) -> None:
        """Add a sheet with a coloured, frozen head; heads in ``must`` stand out. Texts stay texts."""
        sheet = self._book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for place, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        heads = []
        for text in head:
            cell = WriteOnlyCell(sheet, value=text)
            cell.font, cell.fill = _WHITE, _MUST if text in must else _HEAD
            heads.append(cell)
        sheet.append(heads)
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])

    def content(self) -> bytes:
        """Write the file."""
        target = BytesIO()
        self._book.save(target)
        return target.getvalue()


def _cell(sheet: Any, value: str | int | None) -> Any:
    # Control characters that no .xlsx may hold are left out: one of them must not cost the whole file
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        # openpyxl takes a leading "=" for a formula; a text is never one here
        cell.data_type, cell.number_format = "s", "@"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell
