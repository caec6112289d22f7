"""What an export says of itself: counts, hashes, the schema it came from; sealed and signed."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.ports.storage import is_file_name

FORMAT = "linli-store/1"
MANIFEST, SCHEMA, FILES, TABLES, FOLDER = "manifest.json", "schema.json", "files.jsonl", "tables", "files"
UNFINISHED = "unfinished.json"  # stands beside an export that is being written, instead of its manifest
_SALT = "control.lifecycle.manifest"
_PIECE = 1 << 20


class NotAnExport(Refused):
    """There is no finished export in this place."""

    code, kind, sentence = "not_an_export", Kind.INVALID, _("这里没有完整的导出文件。")


class ExportChanged(Refused):
    """Something in the export is not what its manifest says, or the manifest itself was changed. Facts: ``what``."""

    code, kind, sentence = "export_changed", Kind.INVALID, _("导出文件被改动或已损坏，不能恢复。")


class StrangeExport(Refused):
    """The export was not signed by this platform; restoring it must be asked for in so many words."""

    code, kind, sentence = "strange_export", Kind.FORBIDDEN, _("这份导出不是本平台签发的。")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One written file of an export: its hash, lines (or files listed) and bytes."""

    name: str
    sha256: str
    count: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The export's own description. ``files`` hashes the list in which each file stands with its hash."""

    format: str
    store: dict[str, str]
    exported_at: str
    bundle_sha: str
    tables: tuple[Part, ...]
    files: Part
    file_bytes: int
    schema_sha256: str
    left_out: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows stand in all tables."""
        return sum(table.count for table in self.tables)

    @property
    def seal(self) -> str:
        """The hash over everything said here."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def write(self, place: Path) -> None:
        """Write the manifest at once or not at all."""
        signed = asdict(self) | {"seal": self.seal, "signature": signature_of(self.seal)}
        draft = place / f"{MANIFEST}.draft"
        draft.write_text(json.dumps(signed, ensure_ascii=False, indent=2) + "\n")
        draft.replace(place / MANIFEST)

    @classmethod
    def read(cls, place: Path, *, from_elsewhere: bool = False) -> Self:
        """Read the manifest of a finished export.

        :raises NotAnExport, ExportChanged, StrangeExport:
        """
        try:
            said: dict[str, Any] = json.loads((place / MANIFEST).read_text())
            seal, signature = said.pop("seal"), said.pop("signature")
            tables = tuple(Part(**table) for table in said.pop("tables"))
            files = Part(**said.pop("files"))
            manifest = cls(**said | {"tables": tables, "files": files, "left_out": tuple(said["left_out"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotAnExport from error
        if manifest.format != FORMAT or not constant_time_compare(seal, manifest.seal):
            raise ExportChanged(what=MANIFEST)
        if not from_elsewhere and not constant_time_compare(signature, signature_of(seal)):
            raise StrangeExport
        return manifest


def signature_of(seal: str) -> str:
    """Sign with this platform's own key."""
    return salted_hmac(_SALT, seal, algorithm="sha256").hexdigest()


def check_export(place: Path, *, manifest: Manifest) -> None:
    """Compare every hash with what lies there. :raises ExportChanged:"""
    expected = {SCHEMA: manifest.schema_sha256, FILES: manifest.files.sha256}
    expected |= {f"{TABLES}/{table.name}.jsonl": table.sha256 for table in manifest.tables}
    for name, sha256 in expected.items():
        if hash_of(place / name) != sha256:
            raise ExportChanged(what=name)
    for file in listed_files(place):
        if hash_of(place / FOLDER / file.name) != file.sha256:
            raise ExportChanged(what=file.name)


def listed_files(place: Path) -> Iterator[Part]:
    """Yield what the list of files says, one by one. :raises ExportChanged: a name no file of ours has."""
    with (place / FILES).open() as lines:
        for line in lines:
            file = Part(**json.loads(line))
            if not is_file_name(file.name):
                raise ExportChanged(what=FILES)
            yield file


def hash_of(path: Path) -> str:
    """Hash a file in pieces; a missing one hashes to nothing."""
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
