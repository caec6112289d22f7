"""Workbooks written while they are sent: what is in them is what was given, and no part waits for the last."""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from kit.web import xlsx
from kit.web.xlsx import Sheet, written


def book_of(parts: Iterator[bytes]) -> Any:
    return load_workbook(BytesIO(b"".join(parts)))


def test_numbers_are_numbers_and_texts_stay_texts() -> None:
    odd = ["=1+1", "007", " <a&b>\x0b ", "一行\n两行", "x" * 40_000, None, "", 3, Decimal("9.90"), 2**60]
    heads = [f"列{number}" for number in range(len(odd))]

    page = book_of(written(Sheet("单/价[1]", heads, [10, 20]), [odd])).active

    assert page.title == "单 价 1"
    assert page.freeze_panes == "A2"
    assert page.column_dimensions["B"].width == 20
    assert [cell.value for cell in page[1]] == heads
    assert page["A1"].font.bold
    cells = page[2]
    assert [cell.value for cell in cells[:4]] == ["=1+1", "007", " <a&b> ", "一行\n两行"]
    assert [len(cells[4].value), cells[5].value, cells[6].value] == [32_767, None, None]
    assert [cell.value for cell in cells[7:]] == [3, 9.9, 2**60]
    assert {cell.data_type for cell in cells} == {"s", "inlineStr", "n"} - {"inlineStr"}


def test_columns_beyond_z_are_named_as_spreadsheets_name_them() -> None:
    page = book_of(written(Sheet("宽", [str(n) for n in range(800)]), [list(range(800))])).active

    assert (page["Z2"].value, page["AA2"].value, page["AB2"].value, page["ADT2"].value) == (25, 26, 27, 799)


def test_what_a_sheet_cannot_hold_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 4)

    book = book_of(written(Sheet("订单", ["号"]), ([number] for number in range(7))))

    assert book.sheetnames == ["订单", "订单 (2)", "订单 (3)"]
    assert [[row[0].value for row in page.iter_rows()] for page in book] == [
        ["号", 0, 1, 2],
        ["号", 3, 4, 5],
        ["号", 6],
    ]


def test_a_full_sheet_begets_no_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 4)

    assert book_of(written(Sheet("订单", ["号"]), ([number] for number in range(3)))).sheetnames == ["订单"]
    assert [[cell.value for cell in row] for row in book_of(written(Sheet("订单", ["号"]), [])).active] == [["号"]]


def test_parts_leave_before_the_last_row_is_read() -> None:
    read = []

    def rows() -> Iterator[list[str]]:
        for number in range(60_000):
            read.append(number)
            yield [f"{hash(number * 7919):x}", f"{number}"]

    first = next(written(Sheet("订单", ["号", "数"]), rows()))

    assert len(first) >= 65_536
    assert len(read) < 40_000
