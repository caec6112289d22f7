"""Secrets of a phone: made here, and kept only as hashes."""

import hashlib
import secrets

from kit.signing import sign


def new_token() -> str:
    """Make a session's token: 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of_token(token: str) -> str:
    """Hash a token. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_of_code(phone: str, code: str) -> str:
    """Hash a code together with its phone, under this store's key: six digits alone would be found by trying all."""
    return sign(f"{phone}:{code}".encode(), purpose="member-code")
