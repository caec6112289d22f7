"""Secrets at rest: AES-256-GCM, bound to the place they lie in (reliability.md 3.1).

A sealed text says by which key it was sealed and opens only for the same store, table, column and row: copied to
another row, it is noise. ``settings.LINLI_SEALING_KEYS`` maps key ids to keys; the first seals, all of them open, so
keys are rotated by putting a new one in front and running ``linli secrets rotate``.
"""

import base64
import secrets
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_FORM = "s1"
_NONCE = 12
_KEY = 32


class SealBroken(Exception):
    """The text was sealed elsewhere, changed, or by a key we no longer have."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed text lies."""

    store: UUID
    table: str
    column: str
    row: UUID

    def words(self) -> bytes:
        """Return the place in the form that is bound to the text."""
        return f"{self.store}|{self.table}|{self.column}|{self.row}".encode()


def seal(text: str, *, place: Place) -> str:
    """Seal a text with the present key: ``s1.<key id>.<nonce and ciphertext>``."""
    key_id = current_key_id()
    nonce = secrets.token_bytes(_NONCE)
    hidden = AESGCM(_keys()[key_id]).encrypt(nonce, text.encode(), _bound(key_id, place))
    return f"{_FORM}.{key_id}.{base64.urlsafe_b64encode(nonce + hidden).decode()}"


def unseal(sealed: str, *, place: Place) -> str:
    """Open a sealed text in its own place. :raises SealBroken:"""
    try:
        form, key_id, body = sealed.split(".")
        raw = base64.urlsafe_b64decode(body)
        if form != _FORM:
            raise SealBroken("form")
        return AESGCM(_keys()[key_id]).decrypt(raw[:_NONCE], raw[_NONCE:], _bound(key_id, place)).decode()
    except (ValueError, KeyError, InvalidTag) as error:
        raise SealBroken(type(error).__name__) from error


def key_id_of(sealed: str) -> str:
    """Say which key sealed a text."""
    return sealed.split(".")[1] if sealed.count(".") == 2 else ""


def current_key_id() -> str:
    """Name the key that seals now."""
    return next(iter(_keys()))


def keys_from(words: str, *, secret_key: str) -> dict[str, bytes]:
    """Read ``id:base64,id:base64`` as the environment gives it; without any, derive one key from the secret key.

    :raises ValueError: a key that is not 32 bytes of base64.
    """
    if not words:
        derived = HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=b"linli sealing")
        return {"k0": derived.derive(secret_key.encode())}
    keys = {}
    for word in words.split(","):
        key_id, _colon, body = word.strip().partition(":")
        key = base64.b64decode(body, validate=True)
        if not key_id.isalnum() or len(key) != _KEY:
            raise ValueError(f"sealing key {key_id!r} must be 32 bytes of base64 with a plain name")
        keys[key_id] = key
    return keys


def _bound(key_id: str, place: Place) -> bytes:
    return f"{_FORM}|{key_id}|".encode() + place.words()


def _keys() -> dict[str, bytes]:
    keys: dict[str, bytes] = settings.LINLI_SEALING_KEYS
    return keys
