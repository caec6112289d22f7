"""Scopes: the only way to reach the database.

``in_store(ref)`` works inside one merchant's schema, ``in_control()`` in the control plane. Outside a scope no
query runs; inside one, ``search_path`` names that schema alone.
"""

from kit.tenancy.scope import (
    NoScope,
    NoStore,
    Scope,
    StoreRef,
    WrongScope,
    current_store,
    in_control,
    in_store,
    scope_now,
)

__all__ = [
    "NoScope",
    "NoStore",
    "Scope",
    "StoreRef",
    "WrongScope",
    "current_store",
    "in_control",
    "in_store",
    "scope_now",
]
