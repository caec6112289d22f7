"""Cached words belong to the scope they were cached in.

``caches["default"]`` keys by the open scope and refuses to work without one. What is true for the whole platform goes
into ``caches["shared"]``, which is chosen by name, so that nobody shares a store's words by forgetting something.
"""

from kit.tenancy.scope import required_scope

SHARED = "shared"  # the alias of the platform-wide cache


def scoped_key(key: str, prefix: str, version: int) -> str:
    """Write a key under the open scope's schema (Django's KEY_FUNCTION). :raises NoScope:"""
    return f"{required_scope().schema}:{prefix}:{version}:{key}"
