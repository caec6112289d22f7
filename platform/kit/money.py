"""Money in integer minor units, with exactly one way to round and one way to split."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

# ISO 4217 exponents of the currencies we accept; an unknown currency is refused, never guessed.
EXPONENTS = {"CNY": 2, "HKD": 2, "USD": 2, "EUR": 2, "GBP": 2, "SGD": 2, "MYR": 2, "JPY": 0}
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})++(?:\.\d*+)?+(?![\d,])")
PPM = 1_000_000  # rates are parts per million: 6000 ppm = 0.6 %


class CurrencyMismatch(ValueError):
    """Two currencies met in one sum."""


class UnknownCurrency(ValueError):
    """A currency that is not in the exponent table."""


class NotAnAmount(ValueError):
    """A text that is no amount of money."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (fen, cents) of one currency."""

    amount: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if not isinstance(self.amount, int) or isinstance(self.amount, bool):
            raise NotAnAmount(f"{self.amount!r} is not a whole number of minor units")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount * times, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other).amount

    def __str__(self) -> str:
        return f"{self.currency} {major_units(self.amount, self.currency)}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other


def exponent_of(currency: str) -> int:
    """Say how many decimals a currency has. :raises UnknownCurrency:"""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def round_half_away(value: Fraction | Decimal | int) -> int:
    """Round to a whole minor unit, halves away from zero, so that R(-x) = -R(x)."""
    exact = Fraction(value)
    sign = -1 if exact < 0 else 1
    return sign * ((2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator))


def rate_of(amount_minor: int, ppm: int) -> int:
    """Take ``ppm`` parts per million of an amount, rounded once."""
    return round_half_away(Fraction(amount_minor * ppm, PPM))


def allocate(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that the parts add up exactly (largest remainder, ties to the first).

    :raises ValueError: no weights, a negative one, or all of them zero.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and not all zero")
    sign = -1 if amount_minor < 0 else 1
    size = abs(amount_minor)
    parts = [size * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % total), i))
    for index in by_remainder[: size - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def minor_units(text: str, currency: str = "CNY") -> int:
    """Read what a person typed ("12.9", "¥1,290.00") as minor units, exactly.

    :raises NotAnAmount: no number, more decimals than the currency has, or commas that part no thousands: "12,9" is
        twelve yuan ninety to one reader and 129 to another.
    """
    cleaned = str(text).strip().replace("，", ",").lstrip("¥￥").removesuffix("元").strip()
    if "_" in cleaned:
        raise NotAnAmount(str(text))
    try:
        value = Decimal(ungrouped(cleaned)).scaleb(exponent_of(currency))
    except InvalidOperation:
        raise NotAnAmount(str(text)) from None
    if not value.is_finite() or value != value.to_integral_value() or abs(value) >= 10**15:
        raise NotAnAmount(str(text))
    return int(value)


def ungrouped(number: str) -> str:
    """Take the commas out of 1,290. Where they part no thousands ("12,9") they stay, and no number comes of it."""
    return number.replace(",", "") if _GROUPED.match(number) else number


def nearest_minor_units(value: Decimal, currency: str = "CNY") -> int:
    """Turn a computed amount of major units into minor units, rounded once, half away from zero."""
    return int(value.scaleb(exponent_of(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def major_units(amount_minor: int, currency: str = "CNY") -> str:
    """Write minor units the way people read them: 1290 CNY is "12.90"."""
    exponent = exponent_of(currency)
    sign = "-" if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 10**exponent)
    return f"{sign}{whole:,}" + (f".{part:0{exponent}d}" if exponent else "")
