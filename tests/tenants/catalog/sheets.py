"""Spreadsheets for the tests of importing goods, in every shape merchants send them."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image

from tenants.catalog.services.import_goods.columns import OWN_HEADS

WHOLESALE = Path(__file__).parent / "files" / "wholesale_produce.csv"  # 458 goods as a market lists them
HEADS = list(OWN_HEADS.values())


def a_row(title: str = "红富士苹果", label: str = "500g/份", price: Any = "12.9", **cells: Any) -> list[Any]:
    """Write a row of our own template; ``cells`` by our words (cost="9")."""
    values = {"title": title, "label": label, "price": price, **cells}
    return [values.get(word, "") for word in OWN_HEADS]


def an_xlsx(
    rows: Sequence[Sequence[Any]], *, head: Sequence[str] = HEADS, pictures: Mapping[str, bytes] | None = None
) -> bytes:
    """Write an .xlsx with a head and rows; ``pictures`` by cell ("L2")."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    for cell, content in (pictures or {}).items():
        sheet.add_image(SheetImage(BytesIO(content)), cell)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def a_csv(rows: Sequence[Sequence[Any]], *, head: Sequence[str] = HEADS, encoding: str = "utf-8") -> bytes:
    lines = [",".join(str(cell) for cell in row) for row in [head, *rows]]
    return "\r\n".join(lines).encode(encoding)


def a_picture(*, size: tuple[int, int] = (60, 40), form: str = "PNG", color: str = "#d4380d", **options: Any) -> bytes:
    target = BytesIO()
    Image.new("RGB", size, color).save(target, form, **options)
    return target.getvalue()
