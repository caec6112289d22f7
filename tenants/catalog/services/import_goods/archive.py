"""Looking into an .xlsx before anybody opens it, and taking out what could harm."""

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from PIL import Image, UnidentifiedImageError

from tenants.catalog.services.encode_picture import FORMATS, MOST_PIXELS
from tenants.catalog.services.import_goods.refusals import NotASheet, locked, too_much_inside

_MOST_ENTRIES = 6_000
_MOST_UNPACKED = 150 * 1024 * 1024
_MOST_XML = 80 * 1024 * 1024
_HAS_PASSWORD = 1  # a bit of a zip entry
_OLE = b"\xd0\xcf\x11\xe0"  # old .xls files and encrypted .xlsx files alike


def open_archive(content: bytes) -> ZipFile:
    """Open an .xlsx whose unpacked size is bounded. :raises NotASheet:"""
    if content.startswith(_OLE):
        raise locked()
    try:
        archive = ZipFile(BytesIO(content))
    except (BadZipFile, ValueError, OSError):
        raise NotASheet from None
    entries = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise NotASheet
    if any(entry.flag_bits & _HAS_PASSWORD for entry in entries):
        raise locked()
    unpacked = sum(entry.file_size for entry in entries)
    largest_xml = max(entry.file_size for entry in entries if entry.filename.endswith(".xml"))
    # zipfile never unpacks more than the size an entry declares, so the declared sizes may be believed
    if len(entries) > _MOST_ENTRIES or unpacked > _MOST_UNPACKED or largest_xml > _MOST_XML:
        raise too_much_inside()
    return archive


def without_strange_pictures(content: bytes) -> bytes:
    """Copy an .xlsx with every picture emptied that our own decoders would not open.

    openpyxl looks at pictures with all of Pillow's decoders when it loads a workbook for writing.
    """
    target = BytesIO()
    with open_archive(content) as source, ZipFile(target, "w") as copy:
        for entry in source.infolist():
            body = source.read(entry)
            is_strange = entry.filename.startswith("xl/media/") and not _is_plain_picture(body)
            copy.writestr(entry, b"" if is_strange else body)
    return target.getvalue()


def _is_plain_picture(body: bytes) -> bool:
    try:
        with Image.open(BytesIO(body), formats=FORMATS) as picture:
            return picture.width * picture.height <= MOST_PIXELS
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
