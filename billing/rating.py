"""The fee of an order. Pure; the invoice, the fee explorer and the public price calculator all use it.

The variable part is cumulative: an order's fee is ``F(volume with it) - F(volume before it)``, each F rounded once.
So the fees of any stream of orders add up to the fee of their sum, in whatever order they arrive. Tiers touch:
each covers (previous, up_to] of the volume past what the plan includes.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kit.money import PPM, round_half_away


class BrokenTiers(ValueError):
    """Tiers that do not rise, overlap, or end before infinity."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A rate for the volume up to and including ``up_to_minor`` (None: all the rest)."""

    up_to_minor: int | None
    ppm: int


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """A fee rule. Amounts in minor units, rates in parts per million (6000 = 0.6 %)."""

    tiers: tuple[Tier, ...]
    included_minor: int = 0  # volume free of the variable part, per counting interval
    fixed_minor: int = 0  # per order
    fixed_free_orders: int = 0  # the first so many orders of an interval are free of the fixed part
    order_cap_minor: int | None = None
    order_floor_minor: int = 0
    interval_cap_minor: int | None = None  # gross: a reversal does not open it again

    def __post_init__(self) -> None:
        bounds = [tier.up_to_minor for tier in self.tiers]
        if not bounds or bounds[-1] is not None or None in bounds[:-1]:
            raise BrokenTiers("the last tier, and only it, has no upper bound")
        rising = [0, *[bound for bound in bounds if bound is not None]]
        if any(later <= earlier for earlier, later in itertools.pairwise(rising)):
            raise BrokenTiers("tiers must rise from 0")
        if any(tier.ppm < 0 for tier in self.tiers) or self.included_minor < 0:
            raise BrokenTiers("rates and included volume are never negative")


@dataclass(frozen=True, slots=True)
class Volume:
    """How far a counting interval has run: paid volume, number of orders, fees charged."""

    gmv_minor: int = 0
    orders: int = 0
    charged_minor: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one order's amount at one rate; 0 ppm for what the plan includes."""

    ppm: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class RatedOrder:
    """The fee of one order, why, and where the counter stands after it."""

    variable_minor: int
    fixed_minor: int
    included_minor: int
    parts: tuple[Part, ...]
    rules: tuple[str, ...]  # of "order_cap", "order_floor", "interval_cap": what changed the plain fee
    after: Volume

    @property
    def fee_minor(self) -> int:
        """What the order costs the merchant."""
        return self.variable_minor + self.fixed_minor


def variable_fee(terms: FeeTerms, gmv_minor: int) -> int:
    """Return F: the variable fee of a whole volume, rounded once."""
    parts = _cut(terms.tiers, 0, max(0, gmv_minor - terms.included_minor))
    return round_half_away(Fraction(sum(part.ppm * part.amount_minor for part in parts), PPM))


def fee_of_equal_orders(terms: FeeTerms, *, amount_minor: int, orders: int) -> int:
    """Return what an interval of so many orders of one amount costs: to the fen what rating them one by one gives.

    Orders that lie in one tier are counted together, so a million of them cost no more time than ten.
    """
    volume = Volume()
    while volume.orders < orders:
        alike = _alike(terms, volume, amount_minor, orders - volume.orders)
        volume = _leap(terms, volume, amount_minor, alike) if alike else rate_order(terms, volume, amount_minor).after
    return volume.charged_minor


def rate_order(terms: FeeTerms, before: Volume, amount_minor: int) -> RatedOrder:
    """Rate one paid order on top of the volume before it. :raises ValueError: a negative amount."""
    if amount_minor < 0:
        raise ValueError("an order's amount is never negative; refunds have a rule of their own")
    gmv = before.gmv_minor + amount_minor
    variable = variable_fee(terms, gmv) - variable_fee(terms, before.gmv_minor)
    fixed = terms.fixed_minor if before.orders + 1 > terms.fixed_free_orders else 0
    rules = []
    if terms.order_cap_minor is not None and variable + fixed > terms.order_cap_minor:
        variable, fixed = _capped(variable, fixed, terms.order_cap_minor)
        rules.append("order_cap")
    if variable + fixed < terms.order_floor_minor:
        fixed = terms.order_floor_minor - variable
        rules.append("order_floor")
    if terms.interval_cap_minor is not None:
        headroom = max(0, terms.interval_cap_minor - before.charged_minor)
        if variable + fixed > headroom:
            variable, fixed = _capped(variable, fixed, headroom)
            rules.append("interval_cap")
    charged_from = max(0, before.gmv_minor - terms.included_minor)
    charged_until = max(0, gmv - terms.included_minor)
    return RatedOrder(
        variable_minor=variable,
        fixed_minor=fixed,
        included_minor=amount_minor - (charged_until - charged_from),
        parts=_cut(terms.tiers, charged_from, charged_until),
        rules=tuple(rules),
        after=Volume(gmv, before.orders + 1, before.charged_minor + variable + fixed),
    )


def reversal(*, variable_minor: int, order_minor: int, refunded_before_minor: int, refund_minor: int) -> int:
    """Return what a refund takes back of an order's variable fee, as a negative amount; the fixed part stays.

    Cumulative like the fee: a full refund, in however many steps, reverses the variable part exactly.
    """
    if order_minor <= 0:
        return 0
    before = min(refunded_before_minor, order_minor)
    after = min(refunded_before_minor + refund_minor, order_minor)
    return _share(variable_minor, before, order_minor) - _share(variable_minor, after, order_minor)


def _alike(terms: FeeTerms, before: Volume, amount_minor: int, left: int) -> int:
    """Count the next orders that lie whole in one tier and are alike in the fixed part."""
    bounds = [
        terms.included_minor,
        *(terms.included_minor + tier.up_to_minor for tier in terms.tiers if tier.up_to_minor),
    ]
    ahead = [bound - before.gmv_minor for bound in bounds if bound > before.gmv_minor]
    free = terms.fixed_free_orders - before.orders
    fit = left if not ahead or not amount_minor else min(left, min(ahead) // amount_minor)
    return min(fit, free) if free > 0 else fit


def _leap(terms: FeeTerms, before: Volume, amount_minor: int, orders: int) -> Volume:
    gmv = before.gmv_minor + orders * amount_minor
    fixed = terms.fixed_minor if before.orders >= terms.fixed_free_orders else 0
    charged = max(0, gmv - terms.included_minor)
    parts = _cut(terms.tiers, max(0, before.gmv_minor - terms.included_minor), charged)
    # Rounding gives each order one of two neighbouring fees; a bound moves both or neither, or makes them one
    exact = Fraction(sum(part.ppm for part in parts[:1]) * amount_minor, PPM)
    low, high = (_bounded(terms, variable + fixed) for variable in (math.floor(exact), math.ceil(exact)))
    total = low * orders
    if low != high:
        total = variable_fee(terms, gmv) - variable_fee(terms, before.gmv_minor) + fixed * orders
    if terms.interval_cap_minor is not None:
        total = min(total, max(0, terms.interval_cap_minor - before.charged_minor))
    return Volume(gmv, before.orders + orders, before.charged_minor + total)


def _bounded(terms: FeeTerms, fee_minor: int) -> int:
    capped = fee_minor if terms.order_cap_minor is None else min(fee_minor, terms.order_cap_minor)
    return max(capped, terms.order_floor_minor)


def _cut(tiers: Sequence[Tier], start: int, end: int) -> tuple[Part, ...]:
    parts, lower = [], 0
    for tier in tiers:
        upper = end if tier.up_to_minor is None else min(end, tier.up_to_minor)
        inside = upper - max(start, lower)
        if inside > 0:
            parts.append(Part(tier.ppm, inside))
        if tier.up_to_minor is None or tier.up_to_minor >= end:
            break
        lower = tier.up_to_minor
    return tuple(parts)


def _capped(variable: int, fixed: int, cap: int) -> tuple[int, int]:
    kept = min(variable, cap)
    return kept, min(fixed, cap - kept)


def _share(fee_minor: int, part: int, whole: int) -> int:
    return round_half_away(Fraction(fee_minor * part, whole))
