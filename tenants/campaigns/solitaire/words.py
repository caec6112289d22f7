"""What a campaign's goods may be called in a chain."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tenants.campaigns.solitaire.spelling import plain

_HAN_RUN = re.compile(r"[一-鿿]+")
_ASIDE = re.compile(r"[(\[【（].*?[)\]】）]")
_LETTER_CODE = re.compile(r"^\s*([A-Z])\s*[.、:)\s]", re.IGNORECASE)
_SHORTEST = 2  # one character names too many things
_SURE = 3  # so long a piece from the middle of a title is hardly anything else: 红富士


@dataclass(frozen=True, slots=True)
class Offered:
    """One item of a campaign as a chain may name it. ``aliases`` are the merchant's own short names for it."""

    id: UUID
    title: str
    label: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every word that names goods, with the goods it may mean; and the codes a chain's head gave them."""

    offers: Mapping[UUID, Offered]
    words: Mapping[str, frozenset[UUID]]
    codes: Mapping[str, UUID] = field(default_factory=dict)

    def longest_at(self, text: str, start: int) -> str:
        """Find the longest word that begins here; empty when none does."""
        longest = max(map(len, self.words), default=0)
        for end in range(min(len(text), start + longest), start + _SHORTEST - 1, -1):
            if text[start:end] in self.words:
                return text[start:end]
        return ""

    def first_in(self, text: str) -> frozenset[UUID]:
        """Say what the first word of goods in a text may mean; empty without one."""
        for start in range(len(text)):
            if word := self.longest_at(text, start):
                return self.words[word]
        return frozenset()


def vocabulary_of(offers: Iterable[Offered]) -> Vocabulary:
    """Write down every name of these goods.

    A title is found whole, by any three characters of it, and by its tail, where Chinese puts the thing itself:
    山东红富士苹果 is 红富士 and 苹果, but never 山东, which may be a neighbour. Goods of one title are told apart by
    their label behind it, 番茄500g and 番茄1kg, which is then no amount.
    """
    offers = list(offers)
    words: dict[str, set[UUID]] = defaultdict(set)
    titles = Counter(offer.title for offer in offers)
    for offer in offers:
        for name in _names(offer):
            words[name].add(offer.id)
        if titles[offer.title] > 1:
            for name in _labelled(offer):
                words[name].add(offer.id)
    return Vocabulary({offer.id: offer for offer in offers}, {word: frozenset(ids) for word, ids in words.items()})


def with_codes(vocabulary: Vocabulary, head: Sequence[tuple[str, str]]) -> Vocabulary:
    """Add the codes of a list of goods in a chain's head: pairs of the code ("2", "B") and the line after it."""
    codes: dict[str, UUID] = {}
    for code, line in head:
        meant = vocabulary.first_in(line.lower())
        if len(meant) == 1:
            codes[code.upper()] = next(iter(meant))
    return Vocabulary(vocabulary.offers, vocabulary.words, codes)


def letter_code(line: str) -> tuple[str, str] | None:
    """Cut "B、土鸡蛋 30枚" into its code and the rest."""
    found = _LETTER_CODE.match(line)
    return (found.group(1).upper(), line[found.end() :]) if found else None


def _names(offer: Offered) -> Iterable[str]:
    title = plain(offer.title).lower()
    yield title.replace(" ", "")
    for alias in offer.aliases:
        if len(alias.strip()) >= _SHORTEST:
            yield plain(alias).lower().replace(" ", "")
    for run in _HAN_RUN.findall(_ASIDE.sub(" ", title)):
        for start in range(len(run) - _SHORTEST + 1):
            yield run[start:]
            for end in range(start + _SURE, len(run)):
                yield run[start:end]


def _labelled(offer: Offered) -> Iterable[str]:
    title, label = plain(offer.title).lower(), plain(offer.label).lower().strip()
    for short in {label, label.partition("/")[0].strip()}:
        if short and not short[-1].isdigit():  # a digit would run into the amount after it
            yield title.replace(" ", "") + short
            yield f"{title.replace(' ', '')} {short}"
