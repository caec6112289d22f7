"""How much of what was paid ahead has been delivered. Pure.

Up to the end of a day, ``R(N·k/D)`` of a line over D local days is delivered after k of them. What is given back comes
off the days that are left; what is given back beyond them comes off what was delivered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kit.money import round_half_away


@dataclass(frozen=True, slots=True)
class Taking:
    """From this day on there is so much less to deliver: a credit note, or an invoice undone."""

    on: date
    amount_minor: int


def delivered(
    amount_minor: int, *, starts_on: date, ends_on: date, through: date, takings: Iterable[Taking] = ()
) -> int:
    """Return what is delivered by the days before ``through``; negative for a line that gives money back."""
    done, left, since = 0, amount_minor, starts_on
    for taking in sorted(takings, key=lambda each: each.on):
        if taking.on >= through:
            break
        moment = min(max(taking.on, since), ends_on)
        passed = _part(left, since, moment, ends_on)
        done, left, since = done + passed, left - passed - taking.amount_minor, moment
        if left * amount_minor < 0:  # more than was left: what was delivered is taken back
            done, left = done + left, 0
    return done + _part(left, since, min(max(through, since), ends_on), ends_on)


def _part(left: int, since: date, moment: date, ends_on: date) -> int:
    days = (ends_on - since).days
    return left if days <= 0 else round_half_away(Fraction(left * (moment - since).days, days))
