"""A store's tables as lines of JSON: written in the order of their keys, read back in batches.

A line is PostgreSQL's own ``row_to_json``, so that numbers, times and nested JSON keep their exact value. The store's
id stands only in the keys of its files; in an export it is the nil id, so that the same rows give the same lines
whichever merchant they belong to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from kit.tenancy import current_store
from kit.tenancy.sql import run, stream

# What no copy may carry: the recipe's own notes, and whatever opens a door (sessions, codes).
LEFT_OUT = frozenset(
    {
        "django_migrations",
        "django_session",
        "members_membersession",
        "members_smscode",
        "integrations_apikey",
        "integrations_webhookendpoint",
        "integrations_webhookevent",
        "integrations_webhookdelivery",
        "integrations_webhookattempt",
    }
)
_NOBODY = f"t/{UUID(int=0)}/"
_BATCH = 500

_COLUMNS = """
SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS nullable, coalesce(a.attnum = ANY (k.conkey), false) AS in_key
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True)
class Column:
    """A column and its PostgreSQL type."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True)
class Table:
    """A table of a store; ``key`` is the primary key that orders its lines."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def described(self) -> dict[str, Any]:
        """What the schema description says of it."""
        return asdict(self)


def tables_here(*, without: frozenset[str] = LEFT_OUT) -> list[Table]:
    """List the tables of the current store by name; without telling otherwise, those that belong into an export."""
    rows = run(_COLUMNS, [current_store().schema])
    names = sorted({row["table"] for row in rows} - without)
    return [_table(name, [row for row in rows if row["table"] == name]) for name in names]


def _table(name: str, rows: list[dict[str, Any]]) -> Table:
    columns = tuple(Column(row["column"], row["type"], row["nullable"]) for row in rows)
    return Table(name=name, columns=columns, key=tuple(row["column"] for row in rows if row["in_key"]))


def lines_of(table: Table) -> Iterator[bytes]:
    """Yield the current store's rows of a table as lines, in the order of the key."""
    order = ", ".join(f'"{column}"' for column in table.key)
    home = f"t/{current_store().merchant_id}/"
    for line in stream(f'SELECT row_to_json(r)::text FROM "{table.name}" r ORDER BY {order}'):  # noqa: S608 - catalog's names
        yield line.replace(home, _NOBODY).encode() + b"\n"


def take_lines(table: Table, lines: Iterable[bytes]) -> int:
    """Insert lines into the current store's table, in the caller's transaction; return how many."""
    home = f"t/{current_store().merchant_id}/"
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    insert = (
        f'INSERT INTO "{table.name}" ({names}) SELECT {", ".join(map(_taken, table.columns))} '  # noqa: S608
        f'FROM jsonb_populate_recordset(NULL::"{table.name}", %s::jsonb)'
    )
    waiting, taken = iter(lines), 0
    while batch := list(islice(waiting, _BATCH)):
        run(insert, [f"[{','.join(line.decode().replace(_NOBODY, home) for line in batch)}]"])
        taken += len(batch)
    return taken


def _taken(column: Column) -> str:
    # A JSON null in a row could be either; where the column takes no SQL null it was the JSON one
    if column.type == "jsonb" and not column.nullable:
        return f"coalesce(\"{column.name}\", 'null'::jsonb)"
    return f'"{column.name}"'
