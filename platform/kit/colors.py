"""Whether white words can be read on a colour (WCAG 2.2, relative luminance and contrast ratio). Pure."""


def contrast_with_white(color: str) -> float:
    """Say the contrast ratio of white on ``#rrggbb``, from 1 (white) to 21 (black)."""
    red, green, blue = (_linear(part) for part in _parts(color))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 1.05 / (luminance + 0.05)


def darkened_until_readable(color: str, least: float) -> str:
    """Find the nearest darker shade of a colour on which white reaches the ratio ``least``."""
    for share in range(100, -1, -2):
        shade = "#" + "".join(f"{part * share // 100:02x}" for part in _parts(color))
        if contrast_with_white(shade) >= least:
            return shade
    return "#000000"


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(part: int) -> float:
    share = part / 255
    return float(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
