"""What a list page hands to the table, tabs and page links of the template kit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.paginator import Page, Paginator
from django.http import QueryDict

PAGE_SIZE = 20


@dataclass(frozen=True)
class Column:
    """A table's column. ``sort`` is the word in ?sort=, empty when the column does not sort."""

    label: Any
    sort: str = ""
    align: Literal["", "num", "centre"] = ""


@dataclass(frozen=True)
class Tab:
    """One of the state tabs above a list."""

    label: Any
    href: str
    count: int | None = None
    is_current: bool = False


def state_tabs(
    query: QueryDict, *, states: Sequence[tuple[str, Any]], counts: Mapping[str, int], parameter: str = "state"
) -> list[Tab]:
    """Build one tab per (code, label), keeping the rest of the query; the code "" stands for "all"."""
    current = query.get(parameter, "")
    return [
        Tab(label=label, href=address(query, **{parameter: code}), count=counts.get(code), is_current=code == current)
        for code, label in states
    ]


def ordering(query: QueryDict, *, allowed: Mapping[str, str], default: str) -> list[str]:
    """Translate ?sort=price or ?sort=-price into order_by() terms; a word not in ``allowed`` is ignored.

    The primary key comes last, so that equal rows keep their place from page to page.
    """
    asked = query.get("sort", default)
    word = asked.removeprefix("-")
    if word not in allowed:
        asked, word = default, default.removeprefix("-")
    return [f"{'-' if asked.startswith('-') else ''}{allowed[word]}", "pk"]


def page_of(rows: Any, query: QueryDict, *, size: int = PAGE_SIZE) -> Page[Any]:
    """Cut the page the query asks for (?page=3); a page out of range gives the nearest one."""
    return Paginator(rows, size).get_page(query.get("page"))


def address(query: QueryDict, **changes: str) -> str:
    """Write the present query with some parameters changed (empty = dropped); changing any starts at page one."""
    changed = query.copy()
    changed.pop("page", None)
    for name, value in changes.items():
        if value:
            changed[name] = value
        else:
            changed.pop(name, None)
    written = changed.urlencode()
    return f"?{written}" if written else "?"
