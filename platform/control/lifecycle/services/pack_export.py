"""A kept export as one file to carry away."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from control.lifecycle.models import StoreExport
from control.lifecycle.services.export_store import folder_of


def pack_export(*, export: StoreExport) -> Path:
    """Pack a finished export into a zip beside its folder, once, and return it; ``restore_store`` reads it as it is."""
    folder = folder_of(export)
    packed, draft = folder.with_suffix(".zip"), folder.with_suffix(".zip.draft")
    if not packed.exists():
        with ZipFile(draft, "w", compression=ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder))
        draft.replace(packed)
    return packed
