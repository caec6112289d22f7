"""Identifiers that never coincide between stores, and sort by the time they were made."""

import secrets
import uuid

from uuid_utils import compat

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def new_id() -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562): unique across stores, in the order of creation."""
    return compat.uuid7()


def new_schema_name() -> str:
    """Make an opaque schema name, ``t_`` and sixteen base32 letters (80 random bits)."""
    return "t_" + "".join(secrets.choice(_BASE32) for _ in range(16))


def new_digits(count: int) -> str:
    """Make a code of ``count`` random digits that does not start with a zero."""
    return str(secrets.randbelow(9) + 1) + "".join(str(secrets.randbelow(10)) for _ in range(count - 1))
