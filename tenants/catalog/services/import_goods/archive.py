"""Looking into an .xlsx before anybody opens it, and taking out what could harm."""

from io import BytesIO
from zipfile import BadZipFile, ZipFile
from zlib import error

from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from kit.errors import Kind, Refused
from tenants.catalog.services.encode_picture import FORMATS, MOST_PIXELS

_MOST_ENTRIES = 6_000
_MOST_UNPACKED = 150 * 1024 * 1024
_MOST_XML = 80 * 1024 * 1024
_MOST_STRINGS = 400_000  # the reader makes an object of each before it reads the first row
_STRETCH = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0"  # old .xls files and encrypted .xlsx files alike


class NotASheet(Refused):
    """The file is no spreadsheet we can read."""

    code, kind, sentence = "not_a_sheet", Kind.INVALID, _("读不了这个文件，请上传 .xlsx 或 .csv 表格。")


def open_archive(content: bytes) -> ZipFile:
    """Open an .xlsx whose unpacked size is bounded. :raises NotASheet:"""
    if content.startswith(_OLE):
        raise NotASheet(_("这是旧版 .xls 或加了密码的表格，请在 Excel 里另存为不加密的 .xlsx 再上传。"))
    try:
        archive = ZipFile(BytesIO(content))
    except (BadZipFile, ValueError, OSError):
        raise NotASheet from None
    entries = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise NotASheet
    unpacked = sum(entry.file_size for entry in entries)
    largest_xml = max(entry.file_size for entry in entries if entry.filename.endswith(".xml"))
    # zipfile never unpacks more than the size an entry declares, so the declared sizes may be believed
    if len(entries) > _MOST_ENTRIES or unpacked > _MOST_UNPACKED or largest_xml > _MOST_XML:
        raise NotASheet(_("表格解开后太大了，请分成几个文件上传。"))
    if occurrences(archive, "xl/sharedStrings.xml", b"<si", most=_MOST_STRINGS) > _MOST_STRINGS:
        raise NotASheet(_("表格解开后太大了，请分成几个文件上传。"))
    return archive


def occurrences(archive: ZipFile, name: str, sign: bytes, *, most: int = 0) -> int:
    """Count a sign in a part of the archive, a stretch at a time; stops when there are more than ``most``."""
    if name not in archive.NameToInfo:
        return 0
    found, tail = 0, b""
    try:
        with archive.open(name) as part:
            while (stretch := part.read(_STRETCH)) and found <= most:
                found += (tail + stretch).count(sign)
                tail = stretch[1 - len(sign) :]
    except (BadZipFile, EOFError, OSError, ValueError, error):
        raise NotASheet from None
    return found


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
