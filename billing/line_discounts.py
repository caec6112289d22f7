"""Taking a discount off the lines of an invoice. Pure; each discount is rounded once and split without a remainder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing.drafts import DraftLine
from billing.models.invoices import LineKind
from kit.money import PPM, allocate, rate_of

DISCOUNTED = frozenset({LineKind.SUBSCRIPTION})


class BrokenDiscount(ValueError):
    """A discount that is no discount: below nothing, or more than all."""


@dataclass(frozen=True, slots=True)
class Discount:
    """A share of what the lines cost (``ppm``) or a sum off it (``amount_minor``): one of the two, on these kinds."""

    ppm: int | None = None
    amount_minor: int | None = None
    kinds: frozenset[LineKind] = DISCOUNTED

    def __post_init__(self) -> None:
        if (self.ppm is None) == (self.amount_minor is None):
            raise BrokenDiscount("a discount is a percentage or an amount")
        if self.ppm is not None and not 0 <= self.ppm <= PPM:
            raise BrokenDiscount(f"{self.ppm} ppm")
        if self.amount_minor is not None and self.amount_minor < 0:
            raise BrokenDiscount(f"{self.amount_minor} off")


def discount_lines(lines: Sequence[DraftLine], discounts: Sequence[Discount]) -> list[DraftLine]:
    """Take discounts off, one after the other, each from what the one before left.

    The whole discount is worked out and rounded once, then split over its lines by largest remainder, so that no
    line goes below nothing and the parts make the whole. A sum larger than the lines takes all of them and no more.
    """
    discounted = list(lines)
    for discount in discounts:
        bases = [line.base_minor if line.kind in discount.kinds and line.base_minor > 0 else 0 for line in discounted]
        whole = sum(bases)
        off = rate_of(whole, discount.ppm) if discount.ppm is not None else min(whole, discount.amount_minor or 0)
        if off:
            parts = allocate(off, bases)
            discounted = [
                replace(line, discount_minor=line.discount_minor + part)
                for line, part in zip(discounted, parts, strict=True)
            ]
    return discounted
