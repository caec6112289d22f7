"""The end of a store's schema."""

from kit.tenancy.scope import STORE_SCHEMA
from kit.tenancy.sql import run


def drop_schema(*, name: str) -> None:
    """Drop a store's schema with all that is in it, in the caller's control-plane transaction; gone stays gone.

    :raises ValueError: the name is not a store's schema.
    """
    if not STORE_SCHEMA.match(name):
        raise ValueError(name)
    # Whoever still reads there is waited for, but not for ever: behind us would queue everybody else
    run("SET LOCAL lock_timeout = '5s'")
    run(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
