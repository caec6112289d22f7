"""How much a row wants, in pieces of what is sold."""

import re
from fractions import Fraction

UNITS = (
    "(?:公斤|千克|斤|两|克|kg|g|份|盒|箱|袋|板|个|件|提|瓶|包|枚|条|只|把|颗|捆|单|组|套|桶|罐|块|串|听|尾|打|束|兜|篮)"
)
_GRAMS = {"公斤": 1000, "千克": 1000, "kg": 1000, "斤": 500, "两": 50, "克": 1, "g": 1}
_SIZE = re.compile(rf"(\d+(?:\.\d+)?)\s*({UNITS})", re.IGNORECASE)
_MEASURED = {"份", "单", "组", "套", "件"}  # words for one of what is sold, whatever it comes in
_BY_NATURE = {"个", "枚", "只", "条", "颗", "头", "听", "瓶"}
MOST = 99  # of one thing in one row; more is asked about


class NotWhole(ValueError):
    """The amount written is no whole number of what is sold."""


def pieces(amount: Fraction, unit: str, label: str) -> int:
    """Turn an amount into pieces: "3 份" is 3, "10 斤" of what is sold by 5 斤 is 2, "60 枚" of 30 枚 is 2.

    :raises NotWhole: half a piece, none, a weight of something that is not sold by weight, or a unit that
        is not the one it is sold by: 鸡蛋2个 of what comes by 30枚/板, 羊肉卷1箱 of what comes by the box.
    """
    unit = unit.lower()
    size = _size_in(unit, label)
    if size is None and (unit in _GRAMS or _is_another(unit, label)):
        raise NotWhole
    count = amount / (size or 1)
    if count.denominator != 1 or count < 1:
        raise NotWhole
    return int(count)


def _is_another(unit: str, label: str) -> bool:
    named = {one.lower() for one in re.findall(UNITS, label, re.IGNORECASE)} - _GRAMS.keys()
    if not unit or unit in named or unit in _MEASURED:
        return False
    # 羊肉卷2个 is two boxes in anybody's mouth, 鸡蛋2个 of a board of thirty is not
    holds_many = any(one in _BY_NATURE for _number, one in _SIZE.findall(label))
    return unit == "打" or (bool(named) and (unit != "个" or holds_many))


def _size_in(unit: str, label: str) -> Fraction | None:
    """Read out of "2.5kg/袋" how many of this unit one piece holds; nothing when it is sold by the unit itself."""
    for number, named in _SIZE.findall(label):
        named = named.lower()
        if unit in _GRAMS and named in _GRAMS:
            return Fraction(number) * _GRAMS[named] / _GRAMS[unit]
        if named == unit:
            return Fraction(number)
    if unit in _GRAMS and label.strip().lower() == unit:
        return Fraction(1)
    return None
