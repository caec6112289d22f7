"""Rows to carry away as CSV, which a spreadsheet opens without running anything in it."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from django.http import HttpResponse

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "\ufeff"  # so that Excel reads UTF-8


def neutral(value: Any) -> Any:
    """Return a cell that is text: what a spreadsheet would run gets an apostrophe before it. Numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return value


def csv_answer(*, name: str, heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Answer with a CSV file to keep."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow([str(head) for head in heads])
    writer.writerows([neutral(value) for value in row] for row in rows)
    response = HttpResponse(_MARK + written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
