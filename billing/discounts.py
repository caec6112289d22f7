"""What a coupon takes off a plan's price. Pure."""

from datetime import date
from fractions import Fraction

from billing.calendar import add_months
from kit.money import PPM, round_half_away


def discount_of(price_minor: int, *, percent_ppm: int | None, amount_minor: int | None, months: int, of: int) -> int:
    """Return what is taken off an interval of ``of`` months, ``months`` of them covered; never more than it costs.

    A coupon for three months takes a quarter of its rate off a year.
    """
    whole = Fraction(price_minor * percent_ppm, PPM) if percent_ppm is not None else Fraction(amount_minor or 0)
    return min(price_minor, round_half_away(whole * months / of))


def months_covered(starts_on: date, *, of: int, until: date | None) -> int:
    """Count the months of an interval that begin before a coupon ends."""
    return of if until is None else sum(1 for month in range(of) if add_months(starts_on, month) < until)
