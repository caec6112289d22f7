"""Pictures of goods, drawn here: a form and a colour are enough to tell an aubergine from a peach."""

import io
import math
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIDE = 480
_SHARP = 2  # drawn larger and scaled down, so that edges are smooth
_S = SIDE * _SHARP
Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw
GREEN: Colour = (63, 138, 68)
STEM: Colour = (116, 88, 56)


def draw_goods(*, form: str, colour: str, seed: int) -> bytes:
    """Draw one kind of goods as a JPEG of 480 × 480 pixels. :raises KeyError: an unknown form."""
    luck = random.Random(seed)  # noqa: S311 - where the leaves lie is no secret
    tone = _hex(colour)
    ground = _ground(tone)
    for x, y, size, turn in _layout(form, luck):
        piece = Image.new("RGBA", (_S, _S), (0, 0, 0, 0))
        FORMS[form](ImageDraw.Draw(piece), tone, luck)
        piece = _shaded(piece)
        wide = int(_S * size)
        piece = piece.resize((wide, wide), Image.Resampling.LANCZOS).rotate(turn, resample=Image.Resampling.BICUBIC)
        at = (int(_S * x - wide / 2), int(_S * y - wide / 2))
        shadow = piece.getchannel("A").point(lambda a: a * 70 // 255).filter(ImageFilter.GaussianBlur(_S // 60))
        ground.paste((60, 50, 40), (at[0], at[1] + _S // 45), shadow)
        ground.paste(piece, at, piece)
    out = io.BytesIO()
    ground.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "JPEG", quality=84)
    return out.getvalue()


def _hex(colour: str) -> Colour:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def _mix(a: Colour, b: Colour, part: float) -> Colour:
    red, green, blue = (round(x + (y - x) * part) for x, y in zip(a, b, strict=True))
    return (red, green, blue)


def _ground(tone: Colour) -> Image.Image:
    near, far = _mix(tone, (255, 252, 246), 0.9), _mix(tone, (250, 244, 234), 0.72)
    column = Image.new("RGB", (1, _S))
    for y in range(_S):
        column.putpixel((0, y), _mix(near, far, y / _S))
    ground = column.resize((_S, _S))
    light = Image.new("L", (_S, _S), 0)
    ImageDraw.Draw(light).ellipse((_S * 0.08, _S * 0.5, _S * 0.92, _S * 0.98), fill=90)
    ground.paste((255, 255, 255), (0, 0), light.filter(ImageFilter.GaussianBlur(_S // 14)))
    return ground


def _shaded(piece: Image.Image) -> Image.Image:
    """Give a flat form roundness: light from the upper left, shade at the lower right."""
    alpha = piece.getchannel("A")
    shade = Image.new("L", (_S, _S), 0)
    ImageDraw.Draw(shade).ellipse((-_S * 0.15, -_S * 0.2, _S * 0.82, _S * 0.8), fill=255)
    shade = ImageChops.invert(shade.filter(ImageFilter.GaussianBlur(_S // 10))).point(lambda v: v * 80 // 255)
    piece.paste((40, 20, 20), (0, 0), ImageChops.multiply(shade, alpha))
    glow = Image.new("L", (_S, _S), 0)
    ImageDraw.Draw(glow).ellipse((_S * 0.26, _S * 0.24, _S * 0.5, _S * 0.42), fill=120)
    glow = glow.filter(ImageFilter.GaussianBlur(_S // 24))
    piece.paste((255, 255, 255), (0, 0), ImageChops.multiply(glow, alpha))
    piece.putalpha(alpha)
    return piece


def _layout(form: str, luck: random.Random) -> list[tuple[float, float, float, float]]:
    turn = luck.uniform(-9, 9)
    if form in {"leaves", "melon", "cabbage"}:
        return [(0.5, 0.5, 0.92, turn)]
    if form in {"root", "gourd", "pods", "stalks"}:
        return [(0.38, 0.46, 0.74, turn - 22), (0.55, 0.53, 0.78, turn), (0.68, 0.6, 0.7, turn + 18)]
    return [(0.36, 0.4, 0.52, turn - 12), (0.66, 0.42, 0.5, turn + 14), (0.5, 0.64, 0.58, turn)]


def _box(cx: float, cy: float, rx: float, ry: float) -> tuple[float, float, float, float]:
    return ((cx - rx) * _S, (cy - ry) * _S, (cx + rx) * _S, (cy + ry) * _S)


def _blob(pen: Pen, tone: Colour, radius: Callable[[float], float], *, tall: float = 1.0, cy: float = 0.52) -> None:
    points = []
    for step in range(240):
        angle = step / 240 * math.tau
        r = radius(angle)
        points.append(((0.5 + r * math.cos(angle)) * _S, (cy + r * tall * math.sin(angle)) * _S))
    pen.polygon(points, fill=(*tone, 255))


def _stem(pen: Pen, *, leaf: bool = True, top: float = 0.2) -> None:
    pen.line([(0.5 * _S, (top + 0.08) * _S), (0.53 * _S, (top - 0.05) * _S)], fill=(*STEM, 255), width=_S // 40)
    if leaf:
        pen.ellipse(_box(0.62, top - 0.01, 0.1, 0.045), fill=(*GREEN, 255))


def _round(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda a: 0.34 - 0.035 * max(0.0, -math.sin(a)) ** 6)
    _stem(pen)


def _citrus(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda _a: 0.34, tall=0.94)
    for _dot in range(60):
        x, y = luck.uniform(0.26, 0.74), luck.uniform(0.3, 0.76)
        pen.ellipse(_box(x, y, 0.006, 0.006), fill=(*_mix(tone, (120, 70, 0), 0.3), 160))
    _stem(pen, top=0.22)


def _pear(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda a: 0.3 - 0.1 * max(0.0, -math.sin(a)) ** 2, tall=1.25, cy=0.56)
    _stem(pen, top=0.24)


def _peach(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda a: 0.34 - 0.05 * max(0.0, -math.sin(a)) ** 10)
    pen.arc(_box(0.42, 0.5, 0.14, 0.3), 285, 70, fill=(*_mix(tone, (150, 40, 60), 0.45), 255), width=_S // 60)
    _stem(pen)


def _berries(pen: Pen, tone: Colour, luck: random.Random) -> None:
    rows = [(0.3, 4), (0.42, 5), (0.54, 4), (0.66, 3), (0.77, 1)]
    for y, count in rows:
        for number in range(count):
            x = 0.5 + (number - (count - 1) / 2) * 0.15
            skin = _mix(tone, (255, 255, 255), luck.uniform(0, 0.18))
            pen.ellipse(_box(x, y, 0.088, 0.088), fill=(*skin, 255))
            pen.ellipse(_box(x - 0.03, y - 0.03, 0.02, 0.016), fill=(255, 255, 255, 150))
    _stem(pen, top=0.17)


def _melon(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda _a: 0.4, tall=0.86, cy=0.54)
    dark = _mix(tone, (20, 50, 20), 0.5)
    for wide in (0.34, 0.22, 0.08):
        for side in (80, 260):
            pen.arc(_box(0.5, 0.54, wide, 0.344), side - 80, side + 100, fill=(*dark, 255), width=_S // 45)
    _stem(pen, leaf=False, top=0.2)


def _leaves(pen: Pen, tone: Colour, luck: random.Random) -> None:
    white = _mix(tone, (245, 250, 235), 0.78)
    for turn in range(-4, 5):
        angle = math.radians(-90 + turn * 15)
        tip = (0.5 + 0.33 * math.cos(angle), 0.66 + 0.42 * math.sin(angle))
        pen.line([(0.5 * _S, 0.86 * _S), (tip[0] * _S, tip[1] * _S)], fill=(*white, 255), width=_S // 26)
    for turn in (-4, 4, -3, 3, -2, 2, -1, 1, 0):
        angle = math.radians(-90 + turn * 15)
        x, y = 0.5 + 0.3 * math.cos(angle), 0.58 + 0.36 * math.sin(angle)
        skin = _mix(tone, (20, 60, 20), luck.uniform(0, 0.25))
        pen.ellipse(_box(x, y, 0.11, 0.17), fill=(*skin, 255))
        pen.line([(x * _S, (y - 0.13) * _S), (x * _S, (y + 0.16) * _S)], fill=(*white, 220), width=_S // 130)


def _cabbage(pen: Pen, tone: Colour, luck: random.Random) -> None:
    for ring in range(5):
        skin = _mix(tone, (250, 252, 235), ring * 0.16)
        size = 0.4 - ring * 0.07
        _blob(pen, skin, lambda a, s=size, r=ring: s + 0.016 * math.sin(9 * a + r))  # type: ignore[misc]
        pen.arc(
            _box(0.5, 0.52, size * 0.8, size * 0.8),
            40,
            150,
            fill=(*_mix(skin, (60, 110, 50), 0.3), 255),
            width=_S // 120,
        )


def _root(pen: Pen, tone: Colour, luck: random.Random) -> None:
    for side in (-0.1, -0.03, 0.04, 0.11):
        pen.line([(0.5 * _S, 0.26 * _S), ((0.5 + side) * _S, 0.06 * _S)], fill=(*GREEN, 255), width=_S // 40)
    body = [(0.5 + 0.13, 0.27), (0.5 + 0.1, 0.6), (0.515, 0.94), (0.485, 0.94), (0.5 - 0.1, 0.6), (0.5 - 0.13, 0.27)]
    pen.polygon([(x * _S, y * _S) for x, y in body], fill=(*tone, 255))
    pen.ellipse(_box(0.5, 0.28, 0.13, 0.06), fill=(*tone, 255))
    for y in (0.38, 0.5, 0.63):
        pen.line([(0.44 * _S, y * _S), (0.5 * _S, y * _S)], fill=(*_mix(tone, (90, 60, 30), 0.3), 255), width=_S // 130)


def _tuber(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda a: 0.33 + 0.02 * math.sin(3 * a + 1), tall=0.8)
    for _eye in range(9):
        x, y = luck.uniform(0.3, 0.7), luck.uniform(0.36, 0.68)
        pen.ellipse(_box(x, y, 0.014, 0.008), fill=(*_mix(tone, (70, 45, 20), 0.45), 255))


def _mushroom(pen: Pen, tone: Colour, luck: random.Random) -> None:
    pale = _mix(tone, (255, 250, 240), 0.7)
    pen.rounded_rectangle(_box(0.5, 0.66, 0.09, 0.2), radius=_S // 18, fill=(*pale, 255))
    pen.pieslice(_box(0.5, 0.5, 0.34, 0.28), 180, 360, fill=(*tone, 255))
    pen.ellipse(_box(0.5, 0.5, 0.34, 0.06), fill=(*pale, 255))


def _pepper(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda a: 0.29 + 0.022 * math.cos(3 * a), tall=1.15, cy=0.55)
    for x in (0.4, 0.6):
        pen.arc(_box(x, 0.55, 0.1, 0.3), 250, 290, fill=(*_mix(tone, (60, 20, 10), 0.35), 255), width=_S // 90)
    pen.line([(0.5 * _S, 0.27 * _S), (0.53 * _S, 0.12 * _S)], fill=(*GREEN, 255), width=_S // 22)
    pen.ellipse(_box(0.5, 0.27, 0.11, 0.04), fill=(*GREEN, 255))


def _gourd(pen: Pen, tone: Colour, luck: random.Random) -> None:
    pen.rounded_rectangle(_box(0.5, 0.54, 0.11, 0.4), radius=int(_S * 0.11), fill=(*tone, 255))
    for x in (0.45, 0.5, 0.55):
        pen.line(
            [(x * _S, 0.2 * _S), (x * _S, 0.88 * _S)], fill=(*_mix(tone, (240, 250, 220), 0.3), 150), width=_S // 120
        )
    pen.line([(0.5 * _S, 0.15 * _S), (0.52 * _S, 0.06 * _S)], fill=(*GREEN, 255), width=_S // 28)


def _pods(pen: Pen, tone: Colour, luck: random.Random) -> None:
    for shift in (-0.08, 0.0, 0.08):
        pen.arc(
            _box(0.14 + shift, 0.5, 0.42, 0.44),
            300,
            60,
            fill=(*_mix(tone, (20, 60, 20), shift + 0.08), 255),
            width=_S // 15,
        )


def _stalks(pen: Pen, tone: Colour, luck: random.Random) -> None:
    pale = _mix(tone, (250, 252, 240), 0.75)
    for shift in (-0.09, 0.0, 0.09):
        pen.rounded_rectangle(_box(0.5 + shift, 0.68, 0.032, 0.26), radius=_S // 40, fill=(*pale, 255))
        pen.rounded_rectangle(_box(0.5 + shift, 0.32, 0.028, 0.24), radius=_S // 50, fill=(*tone, 255))


def _bulb(pen: Pen, tone: Colour, luck: random.Random) -> None:
    _blob(pen, tone, lambda a: 0.32 - 0.06 * max(0.0, -math.sin(a)) ** 3, tall=0.95, cy=0.58)
    pen.polygon([(0.44 * _S, 0.36 * _S), (0.5 * _S, 0.1 * _S), (0.56 * _S, 0.36 * _S)], fill=(*tone, 255))
    for wide in (0.2, 0.09):
        pen.arc(_box(0.5, 0.58, wide, 0.3), 100, 260, fill=(*_mix(tone, (120, 60, 90), 0.25), 255), width=_S // 140)
        pen.arc(_box(0.5, 0.58, wide, 0.3), 280, 80, fill=(*_mix(tone, (120, 60, 90), 0.25), 255), width=_S // 140)


FORMS: dict[str, Callable[[Pen, Colour, random.Random], None]] = {
    "round": _round,
    "citrus": _citrus,
    "pear": _pear,
    "peach": _peach,
    "berries": _berries,
    "melon": _melon,
    "leaves": _leaves,
    "cabbage": _cabbage,
    "root": _root,
    "tuber": _tuber,
    "mushroom": _mushroom,
    "pepper": _pepper,
    "gourd": _gourd,
    "pods": _pods,
    "stalks": _stalks,
    "bulb": _bulb,
}
