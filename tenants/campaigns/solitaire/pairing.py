"""Which amount belongs to which goods."""

from collections.abc import Sequence
from dataclasses import dataclass

from tenants.campaigns.solitaire.scan import Kind, Mark


@dataclass(frozen=True, slots=True)
class Pair:
    goods: Mark
    amount: Mark | None


@dataclass(frozen=True, slots=True)
class Pairing:
    pairs: tuple[Pair, ...]
    spare: tuple[Mark, ...]  # amounts that belong to nothing
    either_way: bool  # both readings leave nothing over, and they differ


def pair(marks: Sequence[Mark]) -> Pairing:
    """Pair amounts with goods: behind them (苹果 2 份) or before them (2 份苹果), whichever leaves nothing over.

    Where both would do, the amount goes to what it touches; touching both, the question is left to a person.
    """
    behind = _behind(marks)
    before = _before(marks)
    if behind.spare and not before.spare:
        return before
    if before.spare or behind.pairs == before.pairs:
        return behind
    touching = _touching(marks)
    if touching == "behind":
        return behind
    if touching == "before":
        return before
    return Pairing(behind.pairs, (), either_way=True)


def _behind(marks: Sequence[Mark]) -> Pairing:
    pairs: list[Pair] = []
    spare: list[Mark] = []
    open_from = 0  # goods since the last amount: what an "each" spreads over
    each = False
    taken = True
    for mark in marks:
        if mark.kind == Kind.GOODS:
            pairs.append(Pair(mark, None))
            taken = False
        elif mark.kind == Kind.EACH:
            each = True
        elif mark.kind == Kind.AMOUNT and each and len(pairs) > open_from:
            pairs[open_from:] = [Pair(one.goods, mark) for one in pairs[open_from:]]
            open_from, each, taken = len(pairs), False, True
        elif mark.kind == Kind.AMOUNT and not taken:
            pairs[-1] = Pair(pairs[-1].goods, mark)
            open_from, taken = len(pairs), True
        elif mark.kind == Kind.AMOUNT:
            spare.append(mark)
    return Pairing(tuple(pairs), tuple(spare), either_way=False)


def _before(marks: Sequence[Mark]) -> Pairing:
    pairs: list[Pair] = []
    spare: list[Mark] = []
    waiting: Mark | None = None
    for mark in marks:
        if mark.kind == Kind.AMOUNT:
            if waiting:
                spare.append(waiting)
            waiting = mark
        elif mark.kind == Kind.GOODS:
            pairs.append(Pair(mark, waiting))
            waiting = None
        elif mark.kind == Kind.EACH:
            return Pairing((), (mark,), either_way=False)
    if waiting:
        spare.append(waiting)
    return Pairing(tuple(pairs), tuple(spare), either_way=False)


def _touching(marks: Sequence[Mark]) -> str:
    """Say where the amounts stick: all to the goods before them, all to those after, or neither."""
    ways = set()
    for index, mark in enumerate(marks):
        if mark.kind == Kind.AMOUNT:
            left = index > 0 and marks[index - 1].kind == Kind.GOODS
            right = index + 1 < len(marks) and marks[index + 1].kind == Kind.GOODS
            if left != right:
                ways.add("behind" if left else "before")
            else:
                ways.add("")
    return ways.pop() if len(ways) == 1 else ""
