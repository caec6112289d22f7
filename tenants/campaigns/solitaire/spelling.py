"""One spelling for what people type: full-width, circled and keycap digits, Chinese numerals, emoji."""

import re
import unicodedata

_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)} | {chr(0x2776 + n): n + 1 for n in range(10)}
_KEYCAP = re.compile("(?:[0-9]\ufe0f?\u20e3)+")  # 1️⃣0️⃣ is ten, not one and none
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufe0e\ufe0f\ufeff\u00ad]")
_TIMES = str.maketrans(dict.fromkeys("×✖✕ⅹХх", "x"))
_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "仨": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}

CHINESE_NUMBER = r"[一二两俩三仨四五六七八九]?十[一二三四五六七八九]?|[一二两俩三仨四五六七八九]"


def plain(text: str) -> str:
    """Respell a text so that it can be cut: width and invisible marks gone, ``⟨3⟩`` for ③ and 3️⃣."""
    for mark, number in _CIRCLED.items():
        text = text.replace(mark, f"⟨{number}⟩")
    text = _KEYCAP.sub(lambda keys: f"⟨{''.join(filter(str.isdecimal, keys.group()))}⟩", text.replace("🔟", "⟨10⟩"))
    text = _INVISIBLE.sub("", text.translate(_TIMES))
    return unicodedata.normalize("NFKC", text)


def number_of(word: str) -> int:
    """Read a whole number below a hundred, in digits or as 两, 十二, 二十.

    :raises ValueError: the word is not such a number.
    """
    if word.isascii():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _digit(word)
    return (_digit(tens) if tens else 1) * 10 + (_digit(ones) if ones else 0)


def _digit(mark: str) -> int:
    if mark not in _DIGITS:
        raise ValueError(mark)
    return _DIGITS[mark]


def is_ornament(mark: str) -> bool:
    """Say whether a character is an emoji or another picture, which orders nothing."""
    return unicodedata.category(mark) in ("So", "Sk", "Cs", "Co", "Mn")
