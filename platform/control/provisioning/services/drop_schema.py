"""The end of a store's schema."""

from kit.tenancy import in_control
from kit.tenancy.roles import dropping_role
from kit.tenancy.scope import STORE_SCHEMA
from kit.tenancy.sql import run

_USED_ELSEWHERE = """
SELECT 1 FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
WHERE r.rolname = %s AND d.dbid <> 0 LIMIT 1
"""


def drop_schema(*, name: str) -> None:
    """Drop a store's schema, all that is in it and its role, in the caller's transaction; gone stays gone.

    :raises ValueError: the name is not a store's schema.
    """
    if not STORE_SCHEMA.match(name):
        raise ValueError(name)
    with in_control(as_owner=True):
        # Whoever still reads there is waited for, but not for ever: behind us would queue everybody else
        run("SET LOCAL lock_timeout = '5s'")
        run(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
        # A copy of this database in the same cluster shares the role: then it stays for the copy
        if not run(_USED_ELSEWHERE, [name]):
            run(dropping_role(name))
