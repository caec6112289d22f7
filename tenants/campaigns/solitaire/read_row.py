"""Reading one row: who, and how much of what."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from tenants.campaigns.solitaire.pairing import Pair, pair
from tenants.campaigns.solitaire.quantities import MOST, UNITS, NotWhole, pieces
from tenants.campaigns.solitaire.scan import Kind, Mark, scan
from tenants.campaigns.solitaire.words import Vocabulary

_PHONE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_ROOM = re.compile(
    r"\d+\s*(?:[栋幢座]|号楼|#)\s*(?:\d+\s*单元)?[\s-]*(?:\d{2,4}\s*[室号]?)?(?:-\d+)*|\d+\s*单元\s*\d*室?|\d{3,4}室"
    rf"|(?<![\d.])\d{{1,4}}(?:-\d{{1,4}}){{1,3}}(?!\d|\s*{UNITS})"
)
_UNNAMELY = re.compile(r"取消|作废|撤销|退出|不要|改成|改为|换成|[❌❎✗✘🚫⛔]")  # 取消王姐 is nobody's name
_SHORT_ROOM = re.compile(r"\d{1,2}#|\d{1,2}(?:-\d{1,2})+")
_NAME_END = re.compile(r"[\s,:;/|]+")


class Why(StrEnum):
    """Why a person must look."""

    UNREAD = "unread"  # words that mean nothing to us
    WHICH = "which"  # the word fits several goods
    HOW_MUCH = "how_much"  # no whole number of pieces, too many, or an amount that belongs to nothing
    WHOSE = "whose"  # the amount fits the goods before it as well as those after
    CHANGE = "change"  # 改, 换, 不要
    NAME_OR_GOODS = "name_or_goods"
    NOBODY = "nobody"  # goods, but no name
    NOTHING = "nothing"  # a name, but no goods
    NO_SUCH_ROW = "no_such_row"
    NO_NUMBER = "no_number"  # it may be a row, but does not begin with a number
    TWICE = "twice"  # the same number and name stood above


@dataclass(frozen=True, slots=True)
class Doubt:
    why: Why
    written: str
    choices: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Want:
    """So many pieces of one thing. ``is_assumed``: no amount was written, so it is one."""

    offer_id: UUID
    quantity: int
    written: str
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What a row's words say, before the rows around it are looked at."""

    name: str
    phone: str
    room: str
    wants: tuple[Want, ...]
    doubts: tuple[Doubt, ...]


def read_words(text: str, vocabulary: Vocabulary) -> Words:
    """Read a row's own words. Each character is understood, or part of a doubt."""
    text, phone = _take_out(_PHONE, text)
    text, room = _take_out(_ROOM, text, unless=lambda found: _may_be_amount(found, vocabulary))
    name, rest, doubts = _split_name(text.strip(), vocabulary)
    marks = scan(rest, vocabulary)
    doubts += [Doubt(Why.UNREAD, mark.written.strip()) for mark in marks if mark.kind == Kind.TEXT]
    doubts += [Doubt(Why.CHANGE, name)] if _UNNAMELY.search(name) else []
    doubts += [Doubt(Why.CHANGE, rest.strip()) for mark in marks if mark.kind == Kind.CHANGE][:1]
    wants, unsure = _wants(marks, vocabulary)
    return Words(name, re.sub(r"[ -]", "", phone), room, tuple(wants), (*doubts, *unsure))


def without_address(text: str) -> tuple[str, str, str]:
    """Take a phone and a room out of a text: what is left, the phone, the room."""
    text, phone = _take_out(_PHONE, text)
    text, room = _take_out(_ROOM, text)
    return text, re.sub(r"[ -]", "", phone), room


def _take_out(
    pattern: re.Pattern[str], text: str, *, unless: Callable[[re.Match[str]], bool] = lambda _match: False
) -> tuple[str, str]:
    found = [match for match in pattern.finditer(text) if not unless(match)]
    for match in reversed(found):
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return text, " ".join(match.group().strip() for match in found)


def _may_be_amount(room: re.Match[str], vocabulary: Vocabulary) -> bool:
    # "鸡蛋2#" and "鸡蛋2-3" right behind goods are no rooms, whatever they are
    if not _SHORT_ROOM.fullmatch(room.group().strip()):
        return False
    before = [mark for mark in scan(room.string[: room.start()], vocabulary) if mark.kind != Kind.GAP]
    return bool(before) and before[-1].kind == Kind.GOODS


def _split_name(text: str, vocabulary: Vocabulary) -> tuple[str, str, list[Doubt]]:
    """Cut the name off the front. A name may hold the name of goods (苹果妈妈), so what follows it decides."""
    cut = _NAME_END.search(text)
    first, rest = (text[: cut.start()], text[cut.end() :]) if cut else (text, "")
    inside = scan(first, vocabulary)
    goods = [index for index, mark in enumerate(inside) if mark.kind == Kind.GOODS]
    if not goods:
        # "王姐两份" and "王姐+1" carry their amount behind the name
        tail = next((i for i, mark in enumerate(inside) if i and mark.kind in (Kind.AMOUNT, Kind.EVERY)), len(inside))
        name, behind = ("".join(mark.written for mark in part) for part in (inside[:tail], inside[tail:]))
        if not behind.isdecimal():
            return name, f"{behind} {rest}", []
        # "小13 鸡蛋2": a bare number may belong to the name; it does where the goods have amounts of their own
        if _is_counted(rest, vocabulary):
            return first, rest, []
        return first, rest, [Doubt(Why.WHOSE, text)]
    at = goods[0]
    name = "".join(mark.written for mark in inside[:at] if mark.kind != Kind.AMOUNT)
    if at == 0 and len(inside) == 1 and not rest:
        return "", text, []
    follows = inside[at + 1].kind if at + 1 < len(inside) else None
    if follows == Kind.TEXT and rest:
        return first, rest, []
    named_later = bool(rest) and any(mark.kind == Kind.GOODS for mark in scan(rest, vocabulary))
    if name and follows is None and named_later and not _amount_leads(rest, vocabulary):
        return first, rest, [Doubt(Why.NAME_OR_GOODS, first, tuple(sorted(inside[at].meant)))]
    return name.strip(), text[len(name) :], []


def _is_counted(rest: str, vocabulary: Vocabulary) -> bool:
    found = pair(scan(rest, vocabulary))
    return bool(found.pairs) and not found.spare and all(one.amount for one in found.pairs)


def _amount_leads(rest: str, vocabulary: Vocabulary) -> bool:
    marks = [mark for mark in scan(rest, vocabulary) if mark.kind != Kind.GAP]
    return bool(marks) and marks[0].kind == Kind.AMOUNT


def _wants(marks: Sequence[Mark], vocabulary: Vocabulary) -> tuple[list[Want], list[Doubt]]:
    every = next((mark for mark in marks if mark.kind == Kind.EVERY), None)
    amounts = [mark for mark in marks if mark.kind == Kind.AMOUNT]
    named = [mark for mark in marks if mark.kind == Kind.GOODS]
    if every and not named and len(amounts) <= 1:
        pairs = [
            Pair(Mark(Kind.GOODS, every.written, frozenset([id_])), next(iter(amounts), None))
            for id_ in vocabulary.offers
        ]
    elif not named and len(vocabulary.offers) == 1 and len(amounts) == 1:
        # there is only one thing to want
        pairs = [Pair(Mark(Kind.GOODS, "", frozenset(vocabulary.offers)), amounts[0])]
    else:
        found = pair(marks)
        if found.either_way:
            return [], [Doubt(Why.WHOSE, "".join(mark.written for mark in marks).strip())]
        doubts = [Doubt(Why.HOW_MUCH, mark.written) for mark in found.spare]
        return _count(found.pairs, vocabulary, doubts)
    return _count(pairs, vocabulary, [])


def _count(pairs: Sequence[Pair], vocabulary: Vocabulary, doubts: list[Doubt]) -> tuple[list[Want], list[Doubt]]:
    wants: list[Want] = []
    for one in pairs:
        written = one.goods.written + (one.amount.written if one.amount else "")
        if len(one.goods.meant) > 1:
            doubts.append(Doubt(Why.WHICH, written, tuple(sorted(one.goods.meant))))
            continue
        offer = vocabulary.offers[next(iter(one.goods.meant))]
        amount, unit = (one.amount.amount, one.amount.unit) if one.amount else (Fraction(1), "")
        try:
            quantity = pieces(amount, unit, offer.label)
        except NotWhole:
            doubts.append(Doubt(Why.HOW_MUCH, written, (offer.id,)))
            continue
        if quantity > MOST:
            doubts.append(Doubt(Why.HOW_MUCH, written, (offer.id,)))
            continue
        wants.append(Want(offer.id, quantity, written, is_assumed=one.amount is None))
    return wants, doubts
