"""What a plan would cost, for whoever compares before buying; by the very rule that bills."""

from dataclasses import dataclass

from billing.models.catalogue import PriceVersion
from billing.rating import total_fee

MONTHS = 12


@dataclass(frozen=True, slots=True)
class YearCost:
    """A year on one price, in minor units, tax included."""

    price: PriceVersion
    subscription_minor: int
    fee_minor: int

    @property
    def total_minor(self) -> int:
        """Both together."""
        return self.subscription_minor + self.fee_minor


def year_with(price: PriceVersion, *, month_gmv_minor: int, month_orders: int) -> YearCost:
    """Estimate a year of twelve equal months on a price; fees are counted by its own interval."""
    intervals = MONTHS // price.months
    fee = total_fee(price.fee_terms, gmv_minor=month_gmv_minor * price.months, orders=month_orders * price.months)
    return YearCost(price, subscription_minor=intervals * price.amount_minor, fee_minor=intervals * fee)
