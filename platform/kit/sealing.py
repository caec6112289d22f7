"""Secrets we must be able to read again, kept so that a row copied elsewhere is worthless.

AES-256-GCM; the place (store, table, column, row) is authenticated with the words, so that a sealed word opens only
where it was sealed. The key follows from SECRET_KEY, and SECRET_KEY_FALLBACKS open what an older one sealed.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_FORM = "s1."  # says how it was sealed, for the day it is done differently
_NONCE = 12  # bytes


class BrokenSeal(ValueError):
    """The words were sealed elsewhere, changed, or under a key that is gone."""


def seal(words: str, *, place: str) -> str:
    """Seal words for one place."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, words.encode(), place.encode())
    return _FORM + base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(sealed: str, *, place: str) -> str:
    """Open what was sealed for this place. :raises BrokenSeal:"""
    if not sealed.startswith(_FORM):
        raise BrokenSeal
    raw = base64.urlsafe_b64decode(sealed.removeprefix(_FORM))
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return AESGCM(_key(secret)).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
        except InvalidTag:
            continue
    raise BrokenSeal


def _key(secret: str | bytes) -> bytes:
    raw = secret.encode() if isinstance(secret, str) else secret
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"linli sealing 1").derive(raw)
