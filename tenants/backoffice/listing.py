"""Lists and drawers of the stock's many pages: one look, written down as rows of cells."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.downloads import sent
from kit.web.lists import Column, page_of, state_tabs
from kit.web.pieces import in_pieces
from kit.web.refusals import tell_form
from kit.web.xlsx import Sheet, written
from tenants.backoffice.shell import desk_context


@dataclass(frozen=True)
class Cell:
    """One cell: a text, what stands small below it, where it leads; ``tone`` makes it a badge, ``css`` "num"."""

    text: Any
    sub: Any = ""
    href: str = ""
    css: str = ""
    tone: str = ""
    is_drawer: bool = False


@dataclass(frozen=True)
class Action:
    """A link at the end of a row or above the list. ``is_post`` posts: at once above the list unless ``ask`` says what
    to ask first; in a row it always asks.
    """

    label: Any
    href: str
    is_drawer: bool = True
    is_post: bool = False
    icon: str = ""
    is_main: bool = False
    ask: Any = ""


@dataclass(frozen=True)
class Line:
    """One row."""

    cells: Sequence[Cell]
    actions: Sequence[Action] = ()


@dataclass(frozen=True)
class Listing:
    """What a list is called, shows and says when it is empty."""

    title: Any
    about: Any
    columns: Sequence[Column]
    line_of: Callable[[Any], Line]
    empty: tuple[Any, Any]
    icon: str = "boxes"
    buttons: Sequence[Action] = ()
    states: Sequence[tuple[str, Any]] = ()
    crumbs: Sequence[tuple[Any, str]] = ()


def show_list(
    request: HttpRequest,
    listing: Listing,
    found: "QuerySet[Any] | Sequence[Any]",
    *,
    filters: forms.Form | None = None,
    counts: dict[str, int] | None = None,
    notes: Sequence[tuple[str, Any]] = (),
) -> HttpResponse:
    """Show a page of a list; ``?export=xlsx`` gives all of it as a spreadsheet instead."""
    if request.GET.get("export") == "xlsx":
        heads = [column.label for column in listing.columns if column.label]
        return whole(listing.title, heads, found, lambda piece: (listing.line_of(row).cells for row in piece))
    rows = page_of(found, request.GET)
    asked = request.GET.copy()
    asked["export"] = "xlsx"
    context = desk_context(
        request,
        listing=listing,
        columns=listing.columns,
        rows=rows,
        lines=[listing.line_of(row) for row in rows],
        filters=filters,
        is_filtered=bool(filters and any(request.GET.get(name) for name in filters.fields)),
        tabs=state_tabs(request.GET, states=listing.states, counts=counts or {}) if listing.states else [],
        export=f"?{asked.urlencode()}",
        notes=notes,
        crumbs=listing.crumbs,
    )
    return render(request, "backoffice/goods/list.html", context)


@dataclass(frozen=True)
class Drawer:
    """A form in a drawer: its title, its button, what is said above it."""

    title: Any
    button: Any
    back: str
    about: Any = ""
    facts: Sequence[tuple[Any, Any]] = field(default_factory=tuple)
    is_danger: bool = False


def fill_in(
    request: HttpRequest, drawer: Drawer, form: forms.Form, save: Callable[[dict[str, Any]], tuple[str, Any]]
) -> HttpResponse:
    """Show a form, or save what was typed: ``save`` answers where to go and what to say. Refusals stay beside it."""
    if request.method == "POST" and form.is_valid():
        try:
            to, sentence = save(form.cleaned_data)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=to, sentence=sentence)
    context = desk_context(request, drawer=drawer, form=form, page_title=drawer.title)
    template = "backoffice/goods/form.html"
    return again(request, template, context) if request.method == "POST" else render(request, template, context)


def by(request: HttpRequest) -> str:
    """Name who does it."""
    return str(request.person)  # type: ignore[attr-defined]


def whole(
    name: Any,
    heads: Sequence[Any],
    found: "QuerySet[Any] | Sequence[Any]",
    rows_of: Callable[[Sequence[Any]], Iterable[Sequence[Cell]]],
) -> HttpResponse:
    """Give a list, all of it, as a spreadsheet; ``rows_of`` makes the rows of one piece of it at a time."""
    return xlsx(name, heads, in_pieces(found, rows_of))


def xlsx(name: Any, heads: Sequence[Any], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Write rows as a spreadsheet; what people typed stays text."""
    sheet = Sheet(str(name), [str(head) for head in heads])
    parts = written(sheet, ([_plain(one) for one in row] for row in rows))
    return sent(parts, name=f"linli-{clock.now():%Y%m%d-%H%M}.xlsx")


def _plain(one: Cell) -> Any:
    is_number = isinstance(one.text, int | Decimal) and not isinstance(one.text, bool)
    value = one.text if is_number else str(one.text)
    if isinstance(one.text, date | datetime):
        value = f"{one.text:%Y-%m-%d}"
    return f"{value} {one.sub}".strip() if one.sub and isinstance(value, str) else value


def pieces(count: int) -> str:
    """Write a number of pieces."""
    return _("%(n)s 件") % {"n": count}
