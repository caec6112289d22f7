"""What a plan would cost, for whoever compares before buying; by the very rule that bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from billing.models.addons import AddOnPrice
from billing.models.catalogue import PriceVersion
from billing.rating import fee_of_equal_orders

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Extra:
    """So many pieces of an add-on."""

    price: AddOnPrice
    quantity: int

    @property
    def payable_minor(self) -> int:
        """What they cost for one interval, tax and all: one line, rounded once."""
        return self.price.taxed(self.price.amount_minor * self.quantity).gross_minor


@dataclass(frozen=True, slots=True)
class YearCost:
    """A year on one price, in minor units, tax and all, whichever way the price is written."""

    price: PriceVersion
    subscription_minor: int
    fee_minor: int
    extras_minor: int = 0

    @property
    def total_minor(self) -> int:
        """All together."""
        return self.subscription_minor + self.fee_minor + self.extras_minor


def year_with(price: PriceVersion, *, average_minor: int, month_orders: int, extras: Sequence[Extra] = ()) -> YearCost:
    """Estimate a year of twelve equal months of equal orders on a price; fees are counted by its own interval."""
    intervals = MONTHS // price.months
    fee = fee_of_equal_orders(price.fee_terms, amount_minor=average_minor, orders=month_orders * price.months)
    return YearCost(
        price,
        subscription_minor=intervals * price.payable_minor,
        fee_minor=intervals * price.taxed(fee).gross_minor,
        extras_minor=intervals * sum(extra.payable_minor for extra in extras),
    )


def add_ons_on_sale(*, now: datetime, currency: str = "CNY") -> list[AddOnPrice]:
    """List what can be bought beside a plan now, by rank, monthly before yearly."""
    on_sale = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    prices = AddOnPrice.objects.filter(on_sale, valid_from__lte=now, currency=currency).select_related("add_on")
    return list(prices.order_by("add_on__rank", "interval"))


def extras_for(price: PriceVersion, *, wanted: Mapping[str, int], add_ons: Sequence[AddOnPrice]) -> list[Extra] | None:
    """Say which pieces make a price hold what is wanted ({"staff": 8}); None when nothing on sale does."""
    extras = []
    for what, count in wanted.items():
        limit = price.limits.get(what)
        if limit is None or count <= limit:
            continue
        fitting = [one for one in add_ons if _adds(one, what, price)]
        if not fitting:
            return None
        piece = fitting[0].add_on.gives[what]
        extras.append(Extra(fitting[0], -((limit - count) // piece)))
    return extras


def _adds(add_on: AddOnPrice, what: str, price: PriceVersion) -> bool:
    same = (add_on.currency, add_on.interval) == (price.currency, price.interval)
    return same and what in add_on.add_on.gives and price.edition.code in add_on.add_on.editions
