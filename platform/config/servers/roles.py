"""Making a database ready for the second lock (kit.tenancy.roles): the owner, the control plane, the login."""

from contextlib import suppress

import psycopg
from psycopg import sql

from kit.tenancy.roles import CONTROL, OWNER, STORES, letting_in, making_role, reaching_in
from kit.tenancy.scope import CONTROL_SCHEMA, STORE_SCHEMA

_NAMES = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^t_[a-z2-7]{8,24}$' ORDER BY nspname"
_TABLES = """
SELECT c.relkind, c.relname FROM pg_class c
WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'v', 'p', 'S') AND c.relowner <> %s::regrole
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))
"""
_FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = %s::regnamespace AND p.proowner <> %s::regrole
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_IDLE = """
SELECT r.rolname FROM pg_roles r WHERE r.rolname ~ '^t_[a-z2-7]{8,24}$' AND NOT EXISTS (
    SELECT 1 FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.dbid <> 0)
"""


def make_roles(admin: psycopg.Connection, *, login: str, password: str = "") -> None:
    """Make the cluster's three roles and a login that has no right of its own but to put them on. Safe to repeat.

    ``admin`` is in autocommit, of a superuser or of a role that may make roles.
    """
    # Several may begin at once on one cluster; CREATE ROLE knows no IF NOT EXISTS
    admin.execute("SELECT pg_advisory_lock(hashtext('linli roles'))")
    try:
        for role, rights in (
            (OWNER, "NOLOGIN CREATEROLE"),
            (CONTROL, "NOLOGIN"),
            (STORES, "NOLOGIN"),
            (login, "LOGIN"),
        ):
            if not _exists(admin, role):
                _run(admin, f"CREATE ROLE {{}} {rights} NOINHERIT", role)
        if password:
            _run(admin, "ALTER ROLE {} PASSWORD " + sql.Literal(password).as_string(admin), login)
        if not _is_superuser(admin, login):
            _run(admin, "ALTER ROLE {} NOINHERIT", login)
            for role in (OWNER, CONTROL, STORES):
                _run(admin, "GRANT {} TO {}", role, login)
        if not _is_superuser(admin, admin.info.user):  # a managed server's master, who takes tables over later
            _run(admin, "GRANT {} TO {}", OWNER, admin.info.user)
    finally:
        admin.execute("SELECT pg_advisory_unlock(hashtext('linli roles'))")


def take_over(admin: psycopg.Connection) -> int:
    """Give this database and all that is in it to the owner, let the roles in, and give a role to each store that has
    none; return how many stores there are. Safe to repeat; ``admin`` is in autocommit, connected to the database.
    """
    database = str(admin.info.dbname)
    _run(admin, "ALTER DATABASE {} OWNER TO {}", database, OWNER)
    _run(admin, "REVOKE ALL ON SCHEMA {} FROM PUBLIC", CONTROL_SCHEMA)
    _run(admin, "ALTER SCHEMA {} OWNER TO {}", CONTROL_SCHEMA, OWNER)
    _own(admin, CONTROL_SCHEMA)
    with admin.transaction():
        _run(admin, "SET LOCAL ROLE {}", OWNER)
        for statement in _LET_CONTROL_IN:
            _run(admin, statement, CONTROL_SCHEMA, CONTROL)
    stores = [name for (name,) in admin.execute(_NAMES).fetchall()]
    for name in stores:
        if STORE_SCHEMA.match(name) and name != "t_template":
            _lock_store(admin, name)
    return len(stores)


_LET_CONTROL_IN = (
    "GRANT USAGE ON SCHEMA {} TO {}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {} TO {}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT USAGE, SELECT ON SEQUENCES TO {}",
)


def drop_idle_roles(admin: psycopg.Connection) -> int:
    """Drop the stores' roles that no database of the cluster knows any more; return how many.

    A role and the schema that knows it are committed together, so one without is a leftover, whoever's it was.
    """
    idle = [name for (name,) in admin.execute(_IDLE).fetchall()]
    for name in idle:
        with suppress(psycopg.errors.UndefinedObject, psycopg.errors.InternalError):  # another run was quicker
            admin.execute(f'DROP ROLE IF EXISTS "{name}"')
    return len(idle)


def _lock_store(admin: psycopg.Connection, schema: str) -> None:
    with admin.transaction():
        _run(admin, "ALTER SCHEMA {} OWNER TO {}", schema, OWNER)
        _own(admin, schema)
        _run(admin, "SET LOCAL ROLE {}", OWNER)
        admin.execute(letting_in(schema) if _exists(admin, schema) else making_role(schema))
        admin.execute(reaching_in(schema))


def _own(admin: psycopg.Connection, schema: str) -> None:
    kinds = {"r": "TABLE", "p": "TABLE", "v": "VIEW", "S": "SEQUENCE"}
    for kind, name in admin.execute(_TABLES, [schema, OWNER]).fetchall():
        _run(admin, f"ALTER {kinds[kind]} {{}}.{{}} OWNER TO {{}}", schema, name, OWNER)
    for (signature,) in admin.execute(_FUNCTIONS, [schema, OWNER]).fetchall():
        _run(admin, f"ALTER FUNCTION {signature} OWNER TO {{}}", OWNER)


def _exists(admin: psycopg.Connection, role: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _is_superuser(admin: psycopg.Connection, role: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolsuper", [role]).fetchone() is not None


def _run(admin: psycopg.Connection, statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
