"""PostgreSQL with Citus: the few statements that differ when LINLI_CITUS is set.

A store's schema is built as an ordinary one and then distributed (the bundle is one string of many commands, and those
are not propagated inside a distributed schema). From then on DDL goes through the coordinator one command at a time.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from kit.tenancy.scope import STORE_SCHEMA, in_control
from kit.tenancy.sql import run


class NoSuchNode(RuntimeError):
    """Citus knows no active worker of this name."""


def is_on() -> bool:
    """Say whether the stores' schemas are distributed."""
    return bool(settings.LINLI_CITUS)


def stay_ordinary() -> None:
    """Let the schema made next in this transaction be an ordinary one, whatever the server's default is."""
    if is_on():
        run("SET LOCAL citus.enable_schema_based_sharding TO off")


def distribute(*, schema: str) -> None:
    """Distribute a schema that was just built, in the caller's transaction; without Citus this is nothing.

    :raises ValueError: the name is not a store's schema.
    """
    if not is_on():
        return
    if not STORE_SCHEMA.match(schema):
        raise ValueError(schema)
    with in_control(as_owner=True):
        run("SELECT citus_schema_distribute(%s)", [schema])


def send_each(cursor: Any, statements: Sequence[str]) -> None:
    """Send statements one by one: a string of several commands is not propagated to the workers."""
    for statement in statements:
        cursor.execute(statement)  # no parameters: a percent sign is itself


def move_schema(*, schema: str, host: str, port: int) -> None:
    """Move a distributed schema to another worker while it is in use; Citus copies by logical replication.

    :raises NoSuchNode: no active worker at that address.
    """
    known = run("SELECT 1 FROM pg_dist_node WHERE nodename = %s AND nodeport = %s AND isactive", [host, port])
    if not known:
        raise NoSuchNode(f"{host}:{port}")
    if not STORE_SCHEMA.match(schema):
        raise ValueError(schema)
    with in_control(as_owner=True):
        run("SELECT citus_schema_move(%s, %s, %s)", [schema, host, port])


def node_of(*, schema: str) -> str:
    """Say on which worker a distributed schema lies, as host:port; empty when it is on none."""
    found = run(
        "SELECT DISTINCT n.nodename AS host, n.nodeport AS port FROM citus_shards s"
        " JOIN pg_dist_node n ON n.nodename = s.nodename AND n.nodeport = s.nodeport"
        " WHERE s.table_name::text LIKE %s",
        [f"{schema}.%"],
    )
    return f"{found[0]['host']}:{found[0]['port']}" if found else ""
