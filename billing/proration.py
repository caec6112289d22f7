"""The price of a part of a period. Pure.

One rule, ``amount[a, b) = R(P·b/D) - R(P·a/D)`` over the whole anchored period of D days: however a period is cut, its
parts add up to its price, which no rounding of each part by itself can promise.
"""

from dataclasses import dataclass
from fractions import Fraction

from kit.money import round_half_away


@dataclass(frozen=True, slots=True)
class Change:
    """The two lines of an immediate change: what was not used is given back, the rest is charged anew."""

    credit_minor: int  # negative or zero
    charge_minor: int

    @property
    def total_minor(self) -> int:
        """What the change costs now; below zero it is owed to the payer."""
        return self.credit_minor + self.charge_minor


def used_up_to(price_minor: int, *, day: int, days: int) -> int:
    """Return what the first ``day`` days of a period of ``days`` days cost."""
    if not 0 <= day <= days or days <= 0:
        raise ValueError(f"day {day} of {days}")
    return round_half_away(Fraction(price_minor * day, days))


def part_of(price_minor: int, *, first: int, until: int, days: int) -> int:
    """Return what the days [first, until) of a period cost."""
    return used_up_to(price_minor, day=until, days=days) - used_up_to(price_minor, day=first, days=days)


def change_price(*, old_minor: int, new_minor: int, day: int, days: int) -> Change:
    """Price a change on the day with index ``day``, which already belongs to the new price.

    Give both prices for the whole quantity: rounding is per line, never per unit.
    """
    return Change(
        credit_minor=-part_of(old_minor, first=day, until=days, days=days),
        charge_minor=part_of(new_minor, first=day, until=days, days=days),
    )
