"""Names as market lists write them, made fit to be read by shoppers.

What is repaired: invisible marks and odd spaces; brackets of two alphabets, or never closed; numbers of a list
("12. 红富士"); the Cyrillic Ф for the diameter sign Φ. What stays: numbers that belong to the name (19号草莓,
208甜瓜), slashes between two names of one thing (二月红/中华红), sizes (Φ70-85).
"""

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
_LIST_NUMBER = re.compile(r"^\s*(?:[(（]?\d{1,4}[)）]|\d{1,4}[.、．)）](?!\d)|[①-⑳])\s*(?=\S)")
_OPEN, _CLOSE = "（(［[【〔", "）)］]】〕"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def clean_name(raw: str) -> str:
    """Write a name the way a shop would: 丑橘(不知火、春见） becomes 丑橘（不知火、春见）."""
    text = _INVISIBLE.sub("", _folded(raw)).replace("Ф", "Φ")
    text = _SPACES.sub(" ", text).strip()
    text = _LIST_NUMBER.sub("", text)
    text = _with_paired_brackets(text, "（）" if _CHINESE.search(text) else "()")
    return text.strip(" 、，,;；/|-_")


def _folded(raw: str) -> str:
    # Full-width letters and digits become plain ones; Chinese punctuation stays Chinese
    return "".join(
        unicodedata.normalize("NFKC", letter) if "！" <= letter <= "～" and letter not in "，：；！？（）" else letter
        for letter in raw.replace("\u3000", " ")
    )


def _with_paired_brackets(text: str, pair: str) -> str:
    written: list[str] = []
    depth = 0
    for letter in text:
        if letter in _OPEN:
            depth += 1
            written.append(pair[0])
        elif letter in _CLOSE:
            if depth:
                depth -= 1
                written.append(pair[1])
        else:
            written.append(letter)
    closed = "".join(written) + pair[1] * depth
    return closed.replace(pair, "")
