"""What the public site says about prices: read from what billing sells and rates, so that a page and a bill agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from billing.estimates import YearCost, year_with
from billing.models.catalogue import Edition, Interval, PriceVersion
from billing.selectors import prices_on_sale

ADVISED = "growth"  # the edition the page recommends


@dataclass(frozen=True)
class Offer:
    """An edition with its two prices; what it allows is the same on both."""

    edition: Edition
    monthly: PriceVersion
    yearly: PriceVersion

    @property
    def is_advised(self) -> bool:
        """Whether the page puts it forward."""
        return self.edition.code == ADVISED


@dataclass(frozen=True)
class YearWith:
    """What a year with one edition costs, paid yearly."""

    offer: Offer
    cost: YearCost
    is_cheapest: bool


def offers(*, now: datetime) -> list[Offer]:
    """List the editions now on sale, cheapest first; one that is not sold both monthly and yearly is left out."""
    found = []
    for edition, prices in groupby(prices_on_sale(now=now), key=lambda price: price.edition):
        by_interval = {price.interval: price for price in prices}
        if len(by_interval) == len(Interval):
            found.append(Offer(edition, by_interval[Interval.MONTH], by_interval[Interval.YEAR]))
    return found


def years_with(*, orders_a_month: int, average_minor: int, among: Sequence[Offer]) -> list[YearWith]:
    """Work out a year's cost with each edition, paid yearly, by the rule that bills."""
    costs = [
        year_with(offer.yearly, month_gmv_minor=orders_a_month * average_minor, month_orders=orders_a_month)
        for offer in among
    ]
    least = min(cost.total_minor for cost in costs) if costs else 0
    return [
        YearWith(offer, cost, is_cheapest=cost.total_minor == least) for offer, cost in zip(among, costs, strict=True)
    ]
