"""Reading a whole chain: rows that speak of each other."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from tenants.campaigns.solitaire.read_row import Doubt, Want, Why, Words, read_words, without_address
from tenants.campaigns.solitaire.rows import IS_EXAMPLE, PRICE, Row, cut_rows
from tenants.campaigns.solitaire.scan import Kind, scan
from tenants.campaigns.solitaire.spelling import plain
from tenants.campaigns.solitaire.words import Offered, Vocabulary, vocabulary_of, with_codes

MOST_CHARACTERS = 20_000
_GIVEN_UP = re.compile(r"^\s*[\W_]*(取消|不要了|作废|退出|不接了|删除?|撤)[\W_]*了?\s*$")
# What a row may say of another row; it counts only where the row says nothing else
_OF_ANOTHER = re.compile(
    r"(?<!\d)(?P<gone>\d{1,3})\s*号?\s*的?\s*(?:取消|不要了|作废|退出|撤销)了?"
    r"|(?:取消|撤销|作废)\s*(?P<ended>\d{1,3})\s*号(?!楼)"
    r"|(?P<above>同楼?上|[和跟同](?:上面|楼上)的?一样的?)"
    r"|同\s*(?P<like>\d{1,3})\s*号?(?!楼)|[和跟同]\s*(?P<alike>\d{1,3})\s*号?的?一样的?"
    r"|[和跟同]\s*(?P<who>[^\s,.:;]{1,20}?)\s*的?一样的?|(?P<same>(?<![和跟同])一样的?)"
)


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
            rows.append(_give_up(rows, row, name if said else ""))
        elif found := _OF_ANOTHER.search(plain(row.text)):
            rows.append(_of_another(rows, row, found, vocabulary))
        else:
            rows.append(_read(row, read_words(row.text, vocabulary)))
    rows += [_unnumbered(line) for line in chain.head if _is_wish(line, chain.codes, vocabulary)]
    return ReadChain(chain.head, dict(vocabulary.codes), tuple(_asked_once(rows)))


def _speaker(text: str) -> tuple[str, str]:
    name, _, said = plain(text).strip().partition(" ")
    return name, said.strip()


def _give_up(rows: list[ReadRow], row: Row, name: str) -> ReadRow:
    """Take a row as given up. Another one of the same number or name may be meant: a person is asked about that."""
    for index, one in enumerate(rows):
        if not one.is_cancelled and (one.number == row.number or (name and one.name == name)):
            rows[index] = replace(one, doubts=(*one.doubts, Doubt(Why.CHANGE, row.written)))
    return _read(row, Words(name, "", "", (), ()), is_cancelled=True)


def _of_another(rows: list[ReadRow], row: Row, found: re.Match[str], vocabulary: Vocabulary) -> ReadRow:
    before, phone, room = without_address(found.string[: found.start()])
    after, *_address = without_address(found.string[found.end() :])
    name = before.strip(" ,.:;/|")
    is_named = " " not in name and all(mark.kind in (Kind.TEXT, Kind.GAP) for mark in scan(name, vocabulary))
    if any(_address) or not is_named or any(mark.kind != Kind.GAP for mark in scan(after, vocabulary)):
        # it says more than that ("同上，鸡蛋再加1", "鸡蛋2取消"), and nothing of it may be lost
        words = read_words(row.text, vocabulary)
        return _read(row, replace(words, doubts=(*words.doubts, Doubt(Why.CHANGE, row.written))))
    words = Words(name, phone, room, (), ())
    if number := found["gone"] or found["ended"]:
        return _cancel(rows, row, words, int(number))
    if found["above"] or found["same"]:
        return _repeat(row, words, rows[-1:])
    if number := found["like"] or found["alike"]:
        return _repeat(row, words, [one for one in rows if one.number == int(number)])
    return _repeat(row, words, [one for one in rows if one.name == found["who"]])


def _is_wish(line: str, codes: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> bool:
    """Say whether a line above the rows may be somebody's: "王姐 鸡蛋2" without a number."""
    text = plain(line)
    if IS_EXAMPLE.match(text) or PRICE.search(text) or any(text.strip().endswith(told) for _code, told in codes):
        return False
    kinds = {mark.kind for mark in scan(text, vocabulary)}
    return {Kind.GOODS, Kind.AMOUNT} <= kinds


def _unnumbered(line: str) -> ReadRow:
    return ReadRow(0, line, "", "", "", (), (Doubt(Why.NO_NUMBER, line),))


def _asked_once(rows: Iterable[ReadRow]) -> Iterator[ReadRow]:
    """Ask about rows that stand there twice, as in two states of one chain pasted together."""
    seen: set[tuple[int, str]] = set()
    for row in rows:
        key = (row.number, row.name.casefold())
        is_again = bool(row.name) and not row.is_cancelled and key in seen
        yield replace(row, doubts=(*row.doubts, Doubt(Why.TWICE, row.written))) if is_again else row
        if not row.is_cancelled:
            seen.add(key)


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


def _cancel(rows: list[ReadRow], row: Row, words: Words, number: int) -> ReadRow:
    meant = [index for index, one in enumerate(rows) if one.number == number]
    if len(meant) != 1:
        return _read(row, replace(words, doubts=(Doubt(Why.NO_SUCH_ROW, row.written),)))
    rows[meant[0]] = replace(rows[meant[0]], is_cancelled=True)
    return _read(row, words, is_cancelled=True)


def _repeat(row: Row, words: Words, like: Sequence[ReadRow]) -> ReadRow:
    if len(like) != 1 or not like[0].is_clear:
        return _read(row, replace(words, doubts=(Doubt(Why.NO_SUCH_ROW, row.written),)))
    return _read(row, replace(words, wants=tuple(replace(want, written=row.written) for want in like[0].wants)))
