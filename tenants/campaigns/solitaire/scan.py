"""Cutting the words of a row into marks: goods, amounts, "each one", and what could not be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from uuid import UUID

from tenants.campaigns.solitaire.quantities import UNITS
from tenants.campaigns.solitaire.spelling import CHINESE_NUMBER, is_ornament, number_of
from tenants.campaigns.solitaire.words import Vocabulary

_DIGITS = re.compile(
    rf"(?P<sign>[x*+]\s*|-)?(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>{UNITS})?(?P<back>\s*x(?=\s*[^\sa-z,.;]))?", re.I
)
_HAN = re.compile(rf"(?P<sign>[x*+]\s*)?(?P<number>{CHINESE_NUMBER}|半)(?P<unit>{UNITS})?(?P<half>半)?", re.I)
_CODE = re.compile(r"⟨(?P<mark>\d+)⟩|(?<![A-Za-z])(?P<letter>[A-Za-z])(?![A-Za-z])|(?P<number>\d+)号(?!楼)")
_KEYCAP = re.compile(r"⟨(?P<mark>\d+)⟩")  # 鸡蛋2️⃣, where no list of goods gave such marks a meaning
_FILLER = re.compile(
    r"再?来|我?要|买|订|定|下单|接龙|加上?|还有|和|跟|与|及|一共|总共|共|谢谢|感谢|多谢|老板娘?|团长|亲|麻烦|帮我|帮忙|再|哦|哈|呀|啊|吧|啦|了|的|已付款?|付了|已转账?|转了"
)
_SEPARATORS = " ,.。;/|&+、~!-_:()[]*\"'"


class Kind(Enum):
    GOODS = "goods"
    AMOUNT = "amount"
    EACH = "each"  # 各: the amount after it is for every thing named before
    EVERY = "every"  # 每样: one of all there is
    CHANGE = "change"  # 改成, 换: a person must look
    GAP = "gap"
    TEXT = "text"


_WORDS = (
    (Kind.EVERY, re.compile(r"每样|每种|全部各|样样|全要|都要|全都")),
    (Kind.CHANGE, re.compile(r"改成|改为|改|换成|换|减少?|不要|退掉?|取消|作废|[❌❎✗✘🚫⛔]")),
    (Kind.EACH, re.compile(r"各")),
)


@dataclass(frozen=True, slots=True)
class Mark:
    kind: Kind
    written: str
    meant: frozenset[UUID] = frozenset()  # of GOODS
    amount: Fraction = Fraction(0)  # of AMOUNT
    unit: str = ""


def scan(text: str, vocabulary: Vocabulary) -> list[Mark]:
    """Cut a text into marks, every character in one of them."""
    marks: list[Mark] = []
    for mark in _cut(text, vocabulary):
        if mark.kind == Kind.TEXT and marks and marks[-1].kind == Kind.TEXT:
            marks[-1] = Mark(Kind.TEXT, marks[-1].written + mark.written)
        elif mark.kind != Kind.GAP or not marks or marks[-1].kind != Kind.GAP:
            marks.append(mark)
    return marks


def _cut(text: str, vocabulary: Vocabulary) -> Iterator[Mark]:
    at = 0
    after_goods = False
    while at < len(text):
        mark = _mark_at(text, at, vocabulary, after_goods=after_goods)
        yield mark
        if mark.kind != Kind.GAP:
            after_goods = mark.kind in (Kind.GOODS, Kind.EACH, Kind.EVERY)
        at += len(mark.written)


def _mark_at(text: str, at: int, vocabulary: Vocabulary, *, after_goods: bool) -> Mark:
    if word := vocabulary.longest_at(text.lower(), at):
        return Mark(Kind.GOODS, text[at : at + len(word)], meant=vocabulary.words[word])
    if vocabulary.codes and (code := _CODE.match(text, at)):
        named = code["mark"] or code["number"] or code["letter"].upper()
        if named in vocabulary.codes:
            return Mark(Kind.GOODS, code.group(), meant=frozenset([vocabulary.codes[named]]))
    if keycap := _KEYCAP.match(text, at):
        if vocabulary.codes:  # it looks like one of the list's codes, and is none
            return Mark(Kind.TEXT, keycap.group())
        return Mark(Kind.AMOUNT, keycap.group(), amount=Fraction(keycap["mark"]))
    for kind, pattern in _WORDS:
        if found := pattern.match(text, at):
            return Mark(kind, found.group())
    if amount := _amount_at(text, at, after_goods=after_goods):
        return amount
    if filler := _FILLER.match(text, at):
        return Mark(Kind.GAP, filler.group())
    if text[at] in _SEPARATORS or is_ornament(text[at]):
        return Mark(Kind.GAP, text[at])
    return Mark(Kind.TEXT, text[at])


def _amount_at(text: str, at: int, *, after_goods: bool) -> Mark | None:
    if found := _DIGITS.match(text, at):
        # "鸡蛋-1" may give one back as well as ask for one: no amount to count by
        amount = Fraction(found["number"]) * (-1 if found["sign"] == "-" else 1)
        return Mark(Kind.AMOUNT, found.group(), amount=amount, unit=found["unit"] or "")
    found = _HAN.match(text, at)
    # 一 alone may be a name: it counts with a unit, with a sign, or right behind goods
    if not found or not (found["unit"] or found["sign"] or after_goods):
        return None
    amount = Fraction(1, 2) if found["number"] == "半" else Fraction(number_of(found["number"]))
    if found["half"]:
        amount += Fraction(1, 2)
    return Mark(Kind.AMOUNT, found.group(), amount=amount, unit=found["unit"] or "")
