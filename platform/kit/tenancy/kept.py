"""Queries of the ORM that are written once and asked again and again with other values.

A query with a dozen annotations costs Django more to write down than PostgreSQL to answer. Here its SQL is kept by
the shape of the arguments, and only the values are bound anew. The scope is asked for as ever: what is kept names no
schema.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from operator import add
from secrets import randbelow
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, ValuesIterable
from django.db.models.sql.compiler import SQLCompiler

from kit.tenancy.scope import required_scope
from kit.tenancy.sql import literals, rows_often

_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_Place = tuple[str, int | None]  # an argument's name, and which of its values


class Rows(int):
    """How many rows at most: written into the SQL, so each number has its own."""


class Derived(TypeError):
    """The query puts something worked out from its arguments into the SQL: hand that in as an argument of its own."""


@dataclass(frozen=True, slots=True)
class _Known:
    compiler: SQLCompiler
    sql: str  # with its constants written in and $1, $2 … where arguments go
    places: Sequence[_Place]
    names: Sequence[str] | None  # of plain values; None: the rows become model instances
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], Any]]


def kept(build: Callable[..., QuerySet[Any]]) -> Callable[..., list[Any]]:
    """Turn a function that builds a query into one that answers it; its SQL is written once for a shape of arguments.

    Arguments go by name: ids, instants, texts, whole numbers, or sequences of them, which only pass into the query
    (one row more in a sequence is another shape); None, booleans, enum members and ``Rows`` steer how it is built.
    Answered are model instances, or dicts of a query with ``values()``.

    :raises Derived: at the first call, when a value in the SQL is not an argument and yet moves with one.
    """
    known: dict[Any, _Known | None] = {}  # None: such arguments can find nothing, and nothing is asked

    def ask(**values: Any) -> list[Any]:
        required_scope()
        shape = tuple((name, _shape(value)) for name, value in sorted(values.items()))
        if shape not in known:
            try:
                known[shape] = _written(build, values)
            except EmptyResultSet:
                known[shape] = None
        found = known[shape]
        return _answered(found, values) if found else []

    return ask


def _shape(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return (len(value), *(sorted({type(one).__name__ for one in value})))
    return value if value is None or _is_choice(value) else type(value)


def _is_choice(value: Any) -> bool:
    return isinstance(value, str | int) and type(value) not in (str, int)  # a boolean is one too


def _written(build: Callable[..., QuerySet[Any]], values: dict[str, Any]) -> _Known:
    """Write it down twice, for two sets of values nobody has: what does not move is constant, what moves is bound."""
    (one, compiler, sql, first), (two, _compiler, again, second) = (_compiled(build, values) for _time in range(2))
    if sql != again or len(first) != len(second):
        raise Derived(f"{build.__qualname__} writes other SQL for other values")
    places: dict[_Place, str] = {}
    written = []
    for mine, other in zip(first, second, strict=True):
        place = _place_of(mine, one)
        if place != _place_of(other, two) or (place is None and mine != other):
            raise Derived(f"{build.__qualname__} binds {mine!r}, which is none of its arguments")
        written.append(literals([mine])[0] if place is None else places.setdefault(place, f"${len(places) + 1}"))
    pieces = [piece.replace("%%", "%") for piece in sql.split("%s")]
    whole = pieces[0] + "".join(map(add, written, pieces[1:]))
    moved = [(column, functions, by) for column, (functions, by) in compiler.get_converters([]).items()]
    return _Known(compiler, whole, list(places), compiler.linli_names, moved)


def _compiled(build: Callable[..., QuerySet[Any]], values: dict[str, Any]) -> tuple[dict[str, Any], Any, str, Any]:
    strange = {name: _strange(value) for name, value in values.items()}
    queryset: Any = build(**strange)
    assert not queryset._prefetch_related_lookups, "what is fetched beside is asked for by the caller"
    assert queryset._iterable_class in (ModelIterable, ValuesIterable), "rows are model instances, or values by name"
    query = queryset.query
    compiler: Any = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    compiler.linli_names = None
    if queryset._iterable_class is ValuesIterable:
        names = query.selected or (*query.extra_select, *query.values_select, *query.annotation_select)
        compiler.linli_names = list(names)
    sql, params = compiler.as_sql()
    converters = compiler.get_converters([column for column, *_as in compiler.select[: compiler.col_count]])
    compiler.get_converters = lambda _columns: converters
    return strange, compiler, sql, params


def _strange(value: Any) -> Any:
    if value is None or _is_choice(value):
        return value
    if isinstance(value, list | tuple):
        return [_strange(one) for one in value]
    strangers: dict[type, Callable[[], Any]] = {
        UUID: uuid4,
        str: lambda: uuid4().hex,
        int: lambda: 10**8 + randbelow(10**9),
        time: lambda: (_LONG_AGO + timedelta(microseconds=randbelow(24 * 3600 * 10**6))).time(),
        datetime: lambda: _LONG_AGO + timedelta(microseconds=randbelow(10**15)),
    }
    return strangers[type(value)]()


def _place_of(param: Any, strange: dict[str, Any]) -> _Place | None:
    for name, value in strange.items():
        if isinstance(value, list):
            if param in value:
                return name, value.index(param)
        elif value is not None and not _is_choice(value) and param == value:
            return name, None
    return None


def _answered(known: _Known, values: dict[str, Any]) -> list[Any]:
    found = rows_often(known.sql, [_bound(values, place) for place in known.places])
    return _as_models(known, found) if known.names is None else _as_dicts(known, known.names, found)


def _as_dicts(known: _Known, names: Sequence[str], found: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    here = connections[DEFAULT_DB_ALIAS]
    rows = [dict(zip(names, row, strict=False)) for row in found]  # what only orders the rows stands behind the last
    for column, functions, by in known.converters:
        for row in rows:
            for function in functions:
                row[names[column]] = function(row[names[column]], by, here)
    return rows


def _as_models(known: _Known, found: Sequence[Sequence[Any]]) -> list[Any]:
    compiler = copy.copy(known.compiler)
    compiler.connection = connections[DEFAULT_DB_ALIAS]
    if compiler.has_extra_select:
        found = [row[: compiler.col_count] for row in found]
    compiler.execute_sql = lambda *_how, **_ever: [found]  # type: ignore[assignment,method-assign]
    question: Any = _Question(compiler)
    return list(ModelIterable(question))


def _bound(values: dict[str, Any], place: _Place) -> Any:
    name, which = place
    return values[name] if which is None else values[name][which]


class _Question:
    """What Django's maker of model instances wants to know of a queryset and of its query: the answer is here."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: dict[Any, Any] = {}  # noqa: RUF012 - empty for ever

    def __init__(self, compiler: Any) -> None:
        self.query = self
        self._compiler = compiler

    def get_compiler(self, using: str) -> Any:
        return self._compiler
