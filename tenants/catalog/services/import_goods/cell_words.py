"""How values are written into a cell and read back, so that what goes out comes in unchanged. Pure.

Lists are divided by 、, pairs by ：, pairs from pairs by a line; a sign that belongs to a word has a \\ before it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

CLEAR = "清空"  # in a cell: take away what is there (an empty cell leaves it)
WEEKDAYS = "一二三四五六日"
_GUARDED = re.compile(r"'*(?:[=@#]|清空\Z)")
_SPREADSHEETS_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 a spreadsheet's days have no zone
_LATEST_SERIAL = 100_000


class Unreadable(ValueError):
    """The cell says nothing we understand; the message says what it should look like."""


def guarded(text: str) -> str:
    """Put ' before a text that a sheet would take for a formula, an error or our own word."""
    return f"'{text}" if _GUARDED.match(text) else text


def unguarded(text: str) -> str:
    """Take the ' away that ``guarded`` put there."""
    return text[1:] if text.startswith("'") and _GUARDED.match(text[1:]) else text


def number_in(text: str) -> str:
    """Write a number's letters plainly: full-width ones become narrow, spaces and marks nobody sees go."""
    return re.sub(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]+", "", unicodedata.normalize("NFKC", text))


def joined(words: Iterable[str]) -> str:
    """Write a list: 原味、微辣."""
    return "、".join(_escaped(word) for word in words)


def listed(text: str) -> list[str]:
    """Read a list; commas of either script divide it too."""
    return [word for part in _split(text, "、,，;；\n") if (word := _plain(part))]


def paired(pairs: Iterable[tuple[str, str]]) -> str:
    """Write names and values, a line each: 净含量：500g."""
    return "\n".join(f"{_escaped(name)}：{_escaped(value)}" for name, value in pairs)


def pairs_in(text: str) -> list[tuple[str, str]]:
    """Read names and values. :raises Unreadable: a line without a ："""
    found = []
    for line in _split(text, "\n"):
        if not line.strip():
            continue
        name, *rest = _split(line, "：:", most=1)
        if not rest or not _plain(name):
            raise Unreadable
        found.append((_plain(name), _plain(rest[0])))
    return found


def groups_in(text: str) -> list[dict[str, object]]:
    """Read specification groups, a line each: 口味：原味、微辣. :raises Unreadable:"""
    groups: list[dict[str, object]] = []
    for line in _split(text, "\n"):
        if not line.strip():
            continue
        name, *rest = _split(line, "：:", most=1)
        values = listed(rest[0]) if rest else []
        if not _plain(name) or not values:
            raise Unreadable
        groups.append({"name": _plain(name), "values": values})
    return groups


def grouped(groups: Sequence[dict[str, object]]) -> str:
    """Write specification groups."""
    return "\n".join(f"{_escaped(str(one['name']))}：{joined(one['values'])}" for one in groups)  # type: ignore[arg-type]


def moment_written(at: datetime, timezone: str) -> str:
    """Write a moment on the store's clock; the hour that comes twice a year gets its offset."""
    here = at.astimezone(ZoneInfo(timezone))
    exactly = "auto" if here.second or here.microsecond else "minutes"
    plain = here.replace(tzinfo=None)
    is_twice = plain.replace(tzinfo=ZoneInfo(timezone)) != here or here.fold
    return (here if is_twice else plain).isoformat(sep=" ", timespec=exactly)


def moment_in(text: str, timezone: str) -> datetime:
    """Read a moment on the store's clock, or a spreadsheet's number of a day. :raises Unreadable:"""
    written = text.replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "").strip()
    if re.fullmatch(r"\d{5}(\.\d+)?", written) and float(written) < _LATEST_SERIAL:
        days = _SPREADSHEETS_BEGIN + timedelta(days=float(written))
        return days.replace(second=0, microsecond=0, tzinfo=ZoneInfo(timezone))
    written = re.sub(r"-(\d)(?!\d)", r"-0\1", written)
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise Unreadable from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))


def time_in(text: str) -> time:
    """Read a time of day: 8:00, 08:00 or 08:00:00. :raises Unreadable:"""
    text = number_in(text)
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,6})?))?", text)
    try:
        return time.fromisoformat(f"{int(match[1]):02}:{match[2]}:{match[3] or '00'}") if match else _none(text)
    except ValueError:
        raise Unreadable from None


def weekdays_in(text: str) -> int:
    """Read days of the week as bits, Monday is 1: 周一、周三, or 每天. :raises Unreadable:"""
    if text in ("每天", "每日"):
        return 127
    days = [part.removeprefix("周").removeprefix("星期").replace("天", "日") for part in listed(text)]
    if not days or any(day not in WEEKDAYS or len(day) != 1 for day in days):
        raise Unreadable
    return sum({1 << WEEKDAYS.index(day) for day in days})


def weekdays_written(days: int) -> str:
    """Write days of the week."""
    named = [f"周{name}" for place, name in enumerate(WEEKDAYS) if days & (1 << place)]
    return "每天" if days == 127 else "、".join(named)


def _none(_text: str) -> time:
    raise Unreadable


def _escaped(word: str) -> str:
    # \s stands for a space at an end, which a cell would lose
    text = re.sub(r"([\\、,，;；：:])", r"\\\1", word.replace("\r", "").replace("\n", "\x00")).replace("\x00", "\\n")
    text = re.sub(r"^ ", r"\\s", text)
    return re.sub(r" $", r"\\s", text)


def _plain(part: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "s": " "}.get(found[1], found[1]), part.strip())


def _split(text: str, signs: str, *, most: int = 0) -> list[str]:
    parts: list[str] = []
    start = at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] in signs and not (most and len(parts) == most):
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]
