"""Pictures lying in the cells of a sheet: Excel's floating ones and WPS's embedded ones (=DISPIMG)."""

import re
from posixpath import dirname, join, normpath
from xml.etree import ElementTree
from zipfile import ZipFile

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DRAW = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_WPS = "{http://www.wps.cn/officeDocument/2017/etCustomData}"
_DISPIMG = re.compile(r'DISPIMG\(\s*"(?P<name>[^"]{1,64})"')


def floating_pictures(archive: ZipFile, sheet_name: str) -> dict[tuple[int, int], bytes]:
    """Find the pictures of a sheet by the cell their upper left corner lies in: (row, column), both from 1."""
    sheet_path = path_of_sheet(archive, sheet_name)
    found: dict[tuple[int, int], bytes] = {}
    for drawing_path in _targets(archive, sheet_path, kind="/drawing").values():
        pictures = _targets(archive, drawing_path, kind="/image")
        for anchor in _tree(archive, drawing_path):
            corner, blip = anchor.find(f"{_DRAW}from"), next(anchor.iter(_BLIP), None)
            if corner is None or blip is None:
                continue
            row, column = corner.findtext(f"{_DRAW}row", "0"), corner.findtext(f"{_DRAW}col", "0")
            path = pictures.get(blip.get(f"{_REL}embed", ""))
            if path in archive.NameToInfo:
                found.setdefault((int(row) + 1, int(column) + 1), archive.read(path))
    return found


def embedded_pictures(archive: ZipFile) -> dict[str, bytes]:
    """Find WPS's embedded pictures by the name that =DISPIMG("name", 1) gives them."""
    path = "xl/cellimages.xml"
    if path not in archive.NameToInfo:
        return {}
    pictures = _targets(archive, path, kind="/image")
    found: dict[str, bytes] = {}
    for image in _tree(archive, path).iter(f"{_WPS}cellImage"):
        name, blip = next(image.iter(f"{_DRAW}cNvPr"), None), next(image.iter(_BLIP), None)
        if name is None or blip is None:
            continue
        target = pictures.get(blip.get(f"{_REL}embed", ""))
        if target in archive.NameToInfo:
            found[name.get("name", "")] = archive.read(target)
    return found


def embedded_name(cell_text: str) -> str:
    """Say which embedded picture a cell's formula shows, or nothing."""
    match = _DISPIMG.search(cell_text)
    return match["name"] if match else ""


def path_of_sheet(archive: ZipFile, sheet_name: str) -> str:
    """Find the part that holds a sheet."""
    sheets = _targets(archive, "xl/workbook.xml", kind="/worksheet")
    for sheet in _tree(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
        if sheet.get("name") == sheet_name:
            return sheets.get(sheet.get(f"{_REL}id", ""), "")
    return ""


def _targets(archive: ZipFile, path: str, *, kind: str) -> dict[str, str]:
    rels = join(dirname(path), "_rels", f"{path.rpartition('/')[2]}.rels")
    if rels not in archive.NameToInfo:
        return {}
    return {
        rel.get("Id", ""): _inside(dirname(path), rel.get("Target", ""))
        for rel in _tree(archive, rels)
        if rel.get("Type", "").endswith(kind)
    }


def _inside(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))


def _tree(archive: ZipFile, path: str) -> ElementTree.Element:
    # expat bounds entity expansion by itself; the archive bounds the size
    return ElementTree.fromstring(archive.read(path))  # noqa: S314
