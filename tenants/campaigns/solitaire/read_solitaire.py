"""Reading a whole chain: rows that speak of each other."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from tenants.campaigns.solitaire.read_row import Doubt, Want, Why, Words, read_words
from tenants.campaigns.solitaire.rows import Row, cut_rows
from tenants.campaigns.solitaire.spelling import plain
from tenants.campaigns.solitaire.words import Offered, vocabulary_of, with_codes

MOST_CHARACTERS = 20_000
_GIVEN_UP = re.compile(r"^\s*[\W_]*(取消|不要了|作废|退出|不接了|删除?|撤)[\W_]*了?\s*$")
_CANCELS_ROW = re.compile(
    r"(?:(\d{1,3})\s*号?\s*(?:的)?\s*(?:取消|不要了|作废|退出|撤销))|(?:(?:取消|撤销|作废)\s*(\d{1,3})\s*号)"
)
_AS_ABOVE = re.compile(r"同上|同楼上|跟上面一样|和上面一样|一样的?$")
_AS_ROW = re.compile(r"同\s*(\d{1,3})\s*号?|(?:和|跟)\s*(\d{1,3})\s*号一样")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One neighbour's row. Clear when there is a name and goods, and nothing is in doubt."""

    number: int
    written: str
    name: str
    phone: str
    room: str
    wants: tuple[Want, ...]
    doubts: tuple[Doubt, ...]
    is_cancelled: bool = False

    @property
    def is_clear(self) -> bool:
        return not self.is_cancelled and not self.doubts


@dataclass(frozen=True, slots=True)
class ReadChain:
    """A pasted chain. ``head`` stood above the rows; ``codes`` are what its list of goods was called by."""

    head: tuple[str, ...]
    codes: dict[str, UUID]
    rows: tuple[ReadRow, ...]

    @property
    def clear(self) -> int:
        """How many rows can be ordered as they stand."""
        return sum(row.is_clear for row in self.rows)

    @property
    def unclear(self) -> int:
        """How many a person must be asked about."""
        return sum(bool(row.doubts) and not row.is_cancelled for row in self.rows)


def read_solitaire(text: str, offers: Iterable[Offered]) -> ReadChain:
    """Read a chain pasted out of WeChat. The same text and goods always read the same.

    A row is read as far as it is beyond doubt: the rest of it stands in its doubts, word for word. A row that gives up
    another (3号取消) cancels that one; 同上 and 同3号 repeat one that is clear.

    :param text: at most 20,000 characters count.
    """
    vocabulary = vocabulary_of(offers)
    chain = cut_rows(text[:MOST_CHARACTERS], vocabulary)
    vocabulary = with_codes(vocabulary, chain.codes)
    rows: list[ReadRow] = []
    for row in chain.rows:
        name, said = _speaker(row.text)
        if _GIVEN_UP.match(said) or (not said and _GIVEN_UP.match(row.text)):
            rows.append(_read(row, Words(name if said else "", "", "", (), ()), is_cancelled=True))
        elif found := _CANCELS_ROW.search(said or row.text):
            by = "" if _CANCELS_ROW.search(name) else name
            rows.append(_cancel(rows, row, by, int(found[1] or found[2])))
        elif _AS_ABOVE.search(said or row.text) and len(rows) > 0:
            rows.append(_repeat(row, name, rows[-1]))
        elif found := _AS_ROW.search(said or row.text):
            number = int(found[1] or found[2])
            like = next((one for one in rows if one.number == number), None)
            rows.append(_repeat(row, name, like))
        else:
            rows.append(_read(row, read_words(row.text, vocabulary)))
    return ReadChain(chain.head, dict(vocabulary.codes), tuple(rows))


def _speaker(text: str) -> tuple[str, str]:
    name, _, said = plain(text).strip().partition(" ")
    return name, said.strip()


def _read(row: Row, words: Words, *, is_cancelled: bool = False) -> ReadRow:
    doubts = list(words.doubts)
    if not is_cancelled:
        if not words.name:
            doubts.append(Doubt(Why.NOBODY, row.written))
        if not words.wants and not doubts:
            doubts.append(Doubt(Why.NOTHING, row.written))
    return ReadRow(
        row.number, row.written, words.name, words.phone, words.room, words.wants, tuple(doubts), is_cancelled
    )


def _cancel(rows: list[ReadRow], row: Row, name: str, number: int) -> ReadRow:
    for index, one in enumerate(rows):
        if one.number == number:
            rows[index] = replace(one, is_cancelled=True)
            return _read(row, Words(name, "", "", (), ()), is_cancelled=True)
    return _read(row, Words(name, "", "", (), (Doubt(Why.NO_SUCH_ROW, row.written),)))


def _repeat(row: Row, name: str, like: ReadRow | None) -> ReadRow:
    if like is None or not like.is_clear:
        return _read(row, Words(name, "", "", (), (Doubt(Why.NO_SUCH_ROW, row.written),)))
    wants = tuple(replace(want, written=row.written) for want in like.wants)
    return _read(row, Words(name, "", "", wants, ()))
