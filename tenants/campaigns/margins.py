"""What is left of a price after its cost. Pure."""

from dataclasses import dataclass
from fractions import Fraction

from kit.money import PPM, round_half_away

_PERCENT = PPM // 100


@dataclass(frozen=True)
class Margin:
    """What one piece brings, and its share of the price in parts per million, rounded to whole percents."""

    amount_minor: int
    ppm: int

    @property
    def is_loss(self) -> bool:
        return self.amount_minor < 0


def margin_of(*, price_minor: int, cost_minor: int | None) -> Margin | None:
    """Work out the margin of a price; None when the cost is unknown or the price is nothing."""
    if cost_minor is None or price_minor <= 0:
        return None
    left = price_minor - cost_minor
    return Margin(amount_minor=left, ppm=round_half_away(Fraction(left * 100, price_minor)) * _PERCENT)
