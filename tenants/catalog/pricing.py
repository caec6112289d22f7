"""Prices made from costs and percentages, in whole minor units."""

from kit.money import PPM, exponent_of

# The last digits a price may be rounded up to, of a hundred minor units; "" rounds up to the next minor unit.
ENDINGS = {"": None, "9": 90, "5": 50, "0": 0}


def lower(amount_minor: int | None, *, than: int) -> int | None:
    """Return a price that is lower than another, or nothing: a member price counts only then."""
    return amount_minor if amount_minor is not None and amount_minor < than else None


def price_from(amount_minor: int, *, percent_ppm: int, ending: str, currency: str = "CNY") -> int:
    """Raise (or lower) an amount by parts per million and round it up to an ending: ¥3.42 to ¥3.90.

    Rounded up, so that the margin asked for is never missed. Currencies without cents know no endings.
    :raises KeyError: an ending that is none of ENDINGS.
    """
    exact = amount_minor * (PPM + percent_ppm)
    raised = -(-exact // PPM)
    wanted = ENDINGS[ending]
    if wanted is None or exponent_of(currency) == 0:
        return raised
    whole, cents = divmod(raised, 100)
    return (whole if cents <= wanted else whole + 1) * 100 + wanted
