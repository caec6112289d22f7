"""Setting a paper in type: A4, Chinese and Latin from the font we bring along, the same bytes for the same words."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pylopdf_fonts_zh_cn
import segno
import typst

_FORM = Path(__file__).parent / "paper" / "paper.typ"


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column of a table; one wide column takes what the others leave."""

    label: str
    right: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a paper, with its heading (an invoice has one a store)."""

    title: str
    columns: Sequence[PaperColumn]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A line below the tables."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Everything a paper says, in the language it says it in."""

    lang: str
    title: str
    number: str
    seller: str
    state: str
    tone: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    totals: Sequence[TotalRow]
    footer: str
    dated: datetime
    notes: Sequence[str] = field(default_factory=list)
    check: str = ""
    check_url: str = ""


def print_paper(paper: Paper) -> bytes:
    """Set a paper as PDF. Pure: nothing is read but the form and the font, and its date is the paper's own."""
    words = asdict(paper)
    dated = words.pop("dated")
    words["qr"] = _qr(paper.check_url) if paper.check_url else ""
    compiler = typst.Compiler(input=_FORM, root=_FORM.parent, font_paths=_fonts())
    printed = compiler.compile(
        format="pdf",
        sys_inputs={"paper": json.dumps(words, ensure_ascii=False)},
        timestamp=int(dated.timestamp()),
    )
    assert isinstance(printed, bytes), "one PDF, not a list of pictures"
    return printed


def _qr(text: str) -> str:
    drawn = BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    # Only the font of the package: what a server happens to have installed must not change a paper
    folder = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
