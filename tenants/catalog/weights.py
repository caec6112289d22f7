"""Weight goods: sold by an estimate, settled by the scale. Pure: whole grams and minor units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WeightSettlement:
    """What a weighed line comes to. ``refund_minor`` goes back; ``waived_minor`` was more than paid, and is given."""

    due_minor: int
    refund_minor: int
    waived_minor: int


def estimated_price(*, price_minor: int, per_grams: int, grams: int) -> int:
    """Price a weight at ``price_minor`` for ``per_grams``, half a minor unit rounded up."""
    return _divided(price_minor * grams, per_grams)


def settle_weight(*, paid_minor: int, estimated_grams: int, actual_grams: int) -> WeightSettlement:
    """Settle what was paid for ``estimated_grams`` by the actual weight, both of the whole line.

    多退少不补: less than estimated is paid back in proportion, discounts included (half a minor unit rounds in the
    shopper's favour), more is never asked for.

    :raises ValueError: a weight or an amount that cannot be.
    """
    if estimated_grams <= 0 or actual_grams < 0 or paid_minor < 0:
        raise ValueError("weights and amounts are not negative, and an estimate is something")
    fair_minor = -_divided(-paid_minor * actual_grams, estimated_grams)  # half a unit rounded down: less is due
    due_minor = min(fair_minor, paid_minor)
    return WeightSettlement(due_minor, paid_minor - due_minor, fair_minor - due_minor)


def _divided(amount: int, by: int) -> int:
    return (2 * amount + by) // (2 * by)
