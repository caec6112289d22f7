"""Keeping files: every store has a folder of its own, and no code can name a file outside it.

A key looks like ``t/<merchant id>/<room>/<two letters>/<32 random letters>[_<variant>].<suffix>``. The random part
cannot be guessed, the form is checked before any key touches the disk, and a key of another store is refused as if
the file did not exist. Which storage answers is Django's ``STORAGES["default"]``.
"""

import re
import secrets
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.tenancy import current_store

# whoever knows the address may see these; anything else needs a page that checks
PUBLIC_ROOMS = frozenset({"goods", "reviews"})
SUFFIXES = frozenset({"webp", "xlsx", "csv", "pdf", "jpg", "mp4"})
MEDIA_PREFIX = "/media/"

_PIECE = 256 * 1024
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PUBLIC_FORM = r"(?P<room>[a-z]{1,20})/[a-z2-7]{2}/[a-z2-7]{32}(_[a-z0-9]{1,8})?\.(?P<suffix>[a-z][a-z0-9]{1,4})"
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


def size_of(key: str) -> int:
    """Say how many bytes a file of this store has. :raises NoSuchFile: gone, another store's, or not a key at all."""
    _refuse_strange(key)
    try:
        return int(default_storage.size(key))
    except FileNotFoundError:
        raise NoSuchFile from None


def stretch_of(key: str, *, first: int, length: int) -> Iterator[bytes]:
    """Read a part of a file of this store, in pieces; it is opened when the first one is asked for.

    :raises NoSuchFile: another store's, or not a key at all.
    """
    _refuse_strange(key)
    return _pieces(key, first, length)


def has_file(key: str) -> bool:
    """Say whether this store has a file. :raises NoSuchFile: another store's, or not a key at all."""
    _refuse_strange(key)
    return bool(default_storage.exists(key))


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


def files_here() -> Iterator[str]:
    """Yield the name of every file of this store, in order: its key without the store's own folder before it."""
    for room in _sorted_folders(_home()):
        for shelf in _sorted_folders(f"{_home()}/{room}"):
            for name in sorted(default_storage.listdir(f"{_home()}/{room}/{shelf}")[1]):
                yield f"{room}/{shelf}/{name}"


def open_here(name: str) -> IO[bytes]:
    """Open one of this store's files to be read in pieces. :raises NoSuchFile: not a name of ours, or gone."""
    try:
        return default_storage.open(_key_here(name))
    except FileNotFoundError:
        raise NoSuchFile from None


def bring_here(name: str, file: IO[bytes]) -> None:
    """Put a file that left another store's folder into this one's, in the place of one of the same name.

    :raises NoSuchFile: not a name of ours.
    """
    key = _key_here(name)
    default_storage.delete(key)
    default_storage.save(key, File(file))


def empty_folder() -> int:
    """Delete every file of this store and return how many there were."""
    names = list(files_here())
    for name in names:
        default_storage.delete(_key_here(name))
    return len(names)


def is_file_name(name: str) -> bool:
    """Say whether a file of any store could have this name."""
    match = _PUBLIC.match(name)
    return match is not None and match["suffix"] in SUFFIXES


def _pieces(key: str, first: int, length: int) -> Iterator[bytes]:
    with default_storage.open(key) as file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(length, _PIECE))):
            length -= len(piece)
            yield piece


def _home() -> str:
    return f"t/{current_store().merchant_id}"


def _key_here(name: str) -> str:
    if not is_file_name(name):
        raise NoSuchFile
    return f"{_home()}/{name}"


def _sorted_folders(folder: str) -> list[str]:
    try:
        return sorted(default_storage.listdir(folder)[0])
    except FileNotFoundError:
        return []


def _write(key: str, content: bytes) -> None:
    match = _KEY.match(key)
    if match is None or match["suffix"] not in SUFFIXES or match["merchant"] != str(current_store().merchant_id):
        raise ValueError(f"not a key of this store: {key!r}")
    default_storage.save(key, ContentFile(content))


def _refuse_strange(key: str) -> None:
    match = _KEY.match(key)
    if match is None or match["merchant"] != str(current_store().merchant_id):
        raise NoSuchFile
