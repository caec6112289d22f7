"""Secrets of a phone: made here, and kept only as hashes."""

import hashlib
import hmac
import secrets

from django.conf import settings


def new_token() -> str:
    """Make a session's token: 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of_token(token: str) -> str:
    """Hash a token. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_of_code(phone: str, code: str) -> str:
    """Hash a code together with its phone, under our key: six digits alone would be found by trying them all."""
    return hmac.new(settings.SECRET_KEY.encode(), f"member:{phone}:{code}".encode(), hashlib.sha256).hexdigest()
