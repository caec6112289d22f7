"""Reading a whole list, however long, without holding it: the rows of a file that is written while it is sent."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from kit.tenancy import StoreRef, current_store, in_store

PIECE = 1_000
_LONG = 16  # an id's bytes
_KEPT = 1 << 20  # bytes of ids in memory; more of them go to a file
_END = object()


def in_pieces(
    found: "QuerySet[Any] | Sequence[Any]", rows_of: Callable[[Sequence[Any]], Iterable[Any]]
) -> Iterator[Any]:
    """Yield the rows that ``rows_of`` makes of a store's list, read a piece at a time.

    The list is what it is at the first statement, in its order: its ids are noted then, and each piece is read by
    them. What goes away meanwhile is left out; what comes is not in it. ``rows_of`` gets up to PIECE of the found and
    may ask for what belongs to them, once for all.

    The view is gone when the file is written: each piece opens the store's scope, and lets go of it before a row
    leaves.
    """
    return as_asked(_rows(current_store(), found, rows_of))


def as_asked(rows: Iterable[Any]) -> Iterator[Any]:
    """Yield rows that are made later in the language and the time zone of the one who asks now."""
    return _told(iter(rows), translation.get_language(), timezone.get_current_timezone())


def _told(rows: Iterator[Any], language: str | None, zone: Any) -> Iterator[Any]:
    while True:
        with translation.override(language), timezone.override(zone):
            row = next(rows, _END)
        if row is _END:
            return
        yield row


def _rows(
    store: StoreRef, found: "QuerySet[Any] | Sequence[Any]", rows_of: Callable[[Sequence[Any]], Iterable[Any]]
) -> Iterator[Any]:
    for piece in _read(store, found) if isinstance(found, QuerySet) else _cut(found):
        with in_store(store):
            rows = list(rows_of(piece))
        yield from rows


def _cut(found: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(found), PIECE):
        yield found[start : start + PIECE]


def _read(store: StoreRef, found: QuerySet[Any]) -> Iterator[Sequence[Any]]:
    with in_store(store):
        first = list(found[: PIECE + 1])
    if len(first) <= PIECE:
        yield first
        return
    del first
    with SpooledTemporaryFile(max_size=_KEPT) as ids:
        with in_store(store), transaction.atomic():
            for one in found.prefetch_related(None).values_list("pk", flat=True).iterator(chunk_size=PIECE):
                ids.write(one.bytes)
        ids.seek(0)
        while noted := ids.read(PIECE * _LONG):
            wanted = [UUID(bytes=noted[place : place + _LONG]) for place in range(0, len(noted), _LONG)]
            with in_store(store):
                known = {row.pk: row for row in found.order_by().filter(pk__in=wanted)}
            yield [known[one] for one in wanted if one in known]
