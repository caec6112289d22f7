"""Who goes without when there is less than was sold. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.money import allocate
from tenants.aftersales.models import ShareRule


@dataclass(frozen=True, slots=True)
class Claim:
    """A line that waits for so many pieces, when it was paid, and how often its member has bought before."""

    line_id: UUID
    pieces: int
    paid_at: datetime
    bought_before: int = 0


def missing_by_rule(*, claims: Sequence[Claim], there: int, rule: ShareRule) -> dict[UUID, int]:
    """Say how many pieces each line goes without, lines that get all of theirs left out. All of what is there is given.

    The order in which claims are told does not matter: who paid at the same instant is served by id.

    :raises ValueError: a negative number of pieces.
    """
    if there < 0 or any(claim.pieces < 0 for claim in claims):
        raise ValueError("pieces are not negative")
    ranked = sorted(claims, key=lambda claim: (claim.paid_at, claim.line_id))
    if rule == ShareRule.LOYAL:
        ranked.sort(key=lambda claim: -claim.bought_before)
    wanted = sum(claim.pieces for claim in ranked)
    if there >= wanted:
        return {}
    got = allocate(there, [claim.pieces for claim in ranked]) if rule == ShareRule.EVEN else _in_turn(ranked, there)
    pairs = zip(ranked, got, strict=True)
    return {claim.line_id: claim.pieces - part for claim, part in pairs if part < claim.pieces}


def _in_turn(ranked: Sequence[Claim], there: int) -> list[int]:
    got = []
    for claim in ranked:
        part = min(claim.pieces, there)
        got.append(part)
        there -= part
    return got
