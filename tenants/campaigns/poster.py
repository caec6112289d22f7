"""A list as a picture for the group: what there is, what it costs, until when, and a code to come in by.

The letters are of the font that our papers are set in: what a server happens to have installed changes no picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import pylopdf_fonts_zh_cn
import segno
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

MOST_GOODS = 6
_WIDE, _EDGE = 750, 48
_ROW, _THUMB = 128, 104
_CODE = 200
_BRAND, _INK, _GREY, _PRICE, _GROUND = "#0b7a3b", "#1b241e", "#667069", "#d4380d", "#f4f6f4"
_MISSING = "…"


@dataclass(frozen=True, slots=True)
class PosterGoods:
    """One row: its name, its price as it is said, the bytes of its picture (none: a plain field)."""

    name: str
    price: str
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Poster:
    """Everything a poster says, in the language it says it in; ``more`` says what did not fit, ``hint`` the way in."""

    shop: str
    name: str
    facts: Sequence[str]
    goods: Sequence[PosterGoods]
    more: str
    hint: str
    link: str


def draw_poster(poster: Poster) -> bytes:
    """Draw a poster as PNG. Pure: the same words give the same bytes. At most MOST_GOODS rows are drawn."""
    title = _lines(poster.name, _font(52), _WIDE - 2 * _EDGE, most=2)
    goods = poster.goods[:MOST_GOODS]
    top = 128 + 66 * len(title) + 40 * len(poster.facts)
    middle = top + 32 + _ROW * len(goods) + (48 if poster.more else 0)
    drawn = Image.new("RGB", (_WIDE, middle + _CODE + 2 * _EDGE), "white")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 0, _WIDE, top), fill=_BRAND)
    pen.text((_EDGE, 40), _cut(poster.shop, _font(30), _WIDE - 2 * _EDGE), font=_font(30), fill="white")
    down = 96
    for line in title:
        pen.text((_EDGE, down), line, font=_font(52), fill="white")
        down += 66
    for fact in poster.facts:
        pen.text((_EDGE, down + 8), _cut(fact, _font(28), _WIDE - 2 * _EDGE), font=_font(28), fill="white")
        down += 40
    down = top + 32
    for one in goods:
        _draw_goods(drawn, pen, one, down)
        down += _ROW
    if poster.more:
        pen.text((_EDGE, down), poster.more, font=_font(26), fill=_GREY)
    _draw_code(drawn, pen, poster, middle)
    written = BytesIO()
    drawn.save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw_goods(drawn: Image.Image, pen: ImageDraw.ImageDraw, one: PosterGoods, down: int) -> None:
    pen.rounded_rectangle((_EDGE, down, _EDGE + _THUMB, down + _THUMB), radius=12, fill=_GROUND)
    picture = _picture(one.picture)
    if picture is not None:
        mask = Image.new("L", picture.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *picture.size), radius=12, fill=255)
        drawn.paste(picture, (_EDGE, down), mask)
    left = _EDGE + _THUMB + 24
    pen.text((left, down + 8), _cut(one.name, _font(30), _WIDE - _EDGE - left), font=_font(30), fill=_INK)
    pen.text((left, down + 54), one.price, font=_font(36), fill=_PRICE)


def _picture(content: bytes | None) -> Image.Image | None:
    if not content:
        return None
    try:
        with Image.open(BytesIO(content)) as kept:
            whole = kept.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None  # a picture that cannot be drawn costs its field, not the poster
    side = min(whole.size)
    left, up = (whole.width - side) // 2, (whole.height - side) // 2
    return whole.crop((left, up, left + side, up + side)).resize((_THUMB, _THUMB), Image.Resampling.LANCZOS)


def _draw_code(drawn: Image.Image, pen: ImageDraw.ImageDraw, poster: Poster, down: int) -> None:
    pen.rectangle((0, down, _WIDE, drawn.height), fill=_GROUND)
    made = BytesIO()
    segno.make(poster.link, error="m").save(made, kind="png", scale=8, border=4)
    with Image.open(made) as code:
        # whole dots: a code that is stretched by parts of a dot is read badly
        scale = max(1, (_CODE * 8) // code.width)
        small = code.convert("RGB").resize(
            (code.width // 8 * scale, code.height // 8 * scale), Image.Resampling.NEAREST
        )
    drawn.paste(small, (_EDGE, down + _EDGE))
    left = _EDGE + small.width + 32
    for place, line in enumerate(_lines(poster.hint, _font(32), _WIDE - _EDGE - left, most=3)):
        pen.text((left, down + _EDGE + 24 + 46 * place), line, font=_font(32), fill=_INK)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(pylopdf_fonts_zh_cn.sans_path(), size)


def _cut(text: str, font: ImageFont.FreeTypeFont, wide: int) -> str:
    return _lines(text, font, wide, most=1)[0]


def _lines(text: str, font: ImageFont.FreeTypeFont, wide: int, *, most: int) -> list[str]:
    """Break a text where the line is full; what does not fit into so many lines ends in dots."""
    rest = " ".join(text.split())
    lines: list[str] = []
    while rest and len(lines) < most:
        fits = next((end for end in range(len(rest), 0, -1) if font.getlength(rest[:end]) <= wide), 1)
        lines.append(rest[:fits].strip())
        rest = rest[fits:]
    if rest and lines:
        last = lines[-1]
        while last and font.getlength(last + _MISSING) > wide:
            last = last[:-1]
        lines[-1] = last + _MISSING
    return lines or [""]
