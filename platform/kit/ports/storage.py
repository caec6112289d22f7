"""Keeping files: every store has a folder of its own, and no code can name a file outside it.

A key looks like ``t/<merchant id>/<room>/<two letters>/<32 random letters>[_<variant>].<suffix>``. The random part
cannot be guessed, the form is checked before any key touches the disk, and a key of another store is refused as if
the file did not exist. Which storage answers is Django's ``STORAGES["default"]``.
"""

import re
import secrets
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store

PUBLIC_ROOMS = frozenset({"goods"})  # whoever knows the address may see these; anything else needs a page that checks
SUFFIXES = frozenset({"webp", "xlsx", "csv"})
MEDIA_PREFIX = "/media/"

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PUBLIC_FORM = r"(?P<room>[a-z]{1,20})/[a-z2-7]{2}/[a-z2-7]{32}(_[a-z0-9]{1,8})?\.(?P<suffix>[a-z]{1,5})"
_KEY = re.compile(rf"t/(?P<merchant>[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})/{_PUBLIC_FORM}\Z")
_PUBLIC = re.compile(rf"{_PUBLIC_FORM}\Z")


class NoSuchFile(Refused):
    """There is no such file in this store, or the key is not one of ours."""

    code, kind, sentence = "no_such_file", Kind.MISSING, _("文件不存在，可能已经删除。")


def keep_file(*, content: bytes, room: str, suffix: str) -> str:
    """Keep a file in this store's folder and return its key. :raises ValueError: a suffix we never keep."""
    name = "".join(secrets.choice(_LETTERS) for _place in range(32))
    key = f"t/{current_store().merchant_id}/{room}/{name[:2]}/{name}.{suffix}"
    _write(key, content)
    return key


def keep_variant(*, content: bytes, beside: str, variant: str) -> str:
    """Keep another form of a file (a smaller picture) next to it and return its key."""
    key = variant_key(beside, variant)
    _write(key, content)
    return key


def variant_key(key: str, variant: str) -> str:
    """Name the other form of a file."""
    path = PurePosixPath(key)
    return str(path.with_name(f"{path.stem}_{variant}{path.suffix}"))


def read_file(key: str) -> bytes:
    """Read a file of this store. :raises NoSuchFile: gone, another store's, or not a key at all."""
    _refuse_strange(key)
    try:
        with default_storage.open(key) as file:
            content: bytes = file.read()
    except FileNotFoundError:
        raise NoSuchFile from None
    return content


def delete_file(key: str) -> None:
    """Delete a file of this store; one that is gone already stays gone. :raises NoSuchFile: not this store's."""
    _refuse_strange(key)
    default_storage.delete(key)


def public_url(key: str, variant: str = "") -> str:
    """Write the address at which this store's host shows a public file.

    :raises ValueError: the file's room is not public.
    """
    match = _KEY.match(key)
    if match is None or match["room"] not in PUBLIC_ROOMS:
        raise ValueError(f"not a public file: {key!r}")
    chosen = variant_key(key, variant) if variant else key
    return MEDIA_PREFIX + chosen.split("/", 2)[2]


def key_of_public(path: str) -> str:
    """Find the key behind an address of ``public_url``, without its prefix, in the current store.

    :raises NoSuchFile: the path is not of our form, or its room is not public.
    """
    match = _PUBLIC.match(path)
    if match is None or match["room"] not in PUBLIC_ROOMS or match["suffix"] not in SUFFIXES:
        raise NoSuchFile
    return f"t/{current_store().merchant_id}/{path}"


def _write(key: str, content: bytes) -> None:
    match = _KEY.match(key)
    if match is None or match["suffix"] not in SUFFIXES or match["merchant"] != str(current_store().merchant_id):
        raise ValueError(f"not a key of this store: {key!r}")
    default_storage.save(key, ContentFile(content))


def _refuse_strange(key: str) -> None:
    match = _KEY.match(key)
    if match is None or match["merchant"] != str(current_store().merchant_id):
        raise NoSuchFile
