"""What the public site says about prices: read from what billing sells and rates, so that a page and a bill agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from billing.estimates import Extra, YearCost, extras_for, year_with
from billing.models.addons import AddOnPrice
from billing.models.catalogue import Edition, Feature, Interval, Limit, PriceVersion
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

    @property
    def has_partners(self) -> bool:
        """Whether headquarters may pay for city partners on it."""
        return Feature.HEADQUARTERS in self.yearly.features


@dataclass(frozen=True)
class YearWith:
    """What a year with one edition costs; no cost when nothing on sale makes it hold what is wanted."""

    offer: Offer
    extras: list[Extra]
    cost: YearCost | None
    is_cheapest: bool


def offers(*, now: datetime) -> list[Offer]:
    """List the editions now on sale, cheapest first; one that is not sold both monthly and yearly is left out."""
    found = []
    for edition, prices in groupby(prices_on_sale(now=now), key=lambda price: price.edition):
        by_interval = {price.interval: price for price in prices}
        if len(by_interval) == len(Interval):
            found.append(Offer(edition, by_interval[Interval.MONTH], by_interval[Interval.YEAR]))
    return found


def city_more(offer: Offer, *, add_ons: Sequence[AddOnPrice]) -> tuple[AddOnPrice | None, AddOnPrice | None]:
    """Find what one city more than an edition holds costs by the month and by the year, by the rule that estimates.

    A partner that headquarters pays for counts as a city.
    """
    monthly, yearly = (_one_more(price, add_ons) for price in (offer.monthly, offer.yearly))
    return monthly, yearly


def _one_more(price: PriceVersion, add_ons: Sequence[AddOnPrice]) -> AddOnPrice | None:
    limit = price.limits.get(Limit.CITIES)
    extras = extras_for(price, wanted={Limit.CITIES: limit + 1}, add_ons=add_ons) if limit is not None else []
    return extras[0].price if extras else None


def years_with(
    *,
    orders_a_month: int,
    average_minor: int,
    among: Sequence[Offer],
    interval: str = Interval.YEAR,
    wanted: Mapping[str, int] | None = None,
    add_ons: Sequence[AddOnPrice] = (),
) -> list[YearWith]:
    """Work out a year's cost with each edition, paid by the year or the month, by the rule that bills.

    ``wanted`` is how many staff, leaders and cities there shall be: what a plan lacks of them is bought beside it.
    """
    found: list[tuple[Offer, list[Extra], YearCost | None]] = []
    for offer in among:
        price = offer.yearly if interval == Interval.YEAR else offer.monthly
        extras = extras_for(price, wanted=wanted or {}, add_ons=add_ons)
        if extras is None:
            found.append((offer, [], None))
            continue
        cost = year_with(price, average_minor=average_minor, month_orders=orders_a_month, extras=extras)
        found.append((offer, extras, cost))
    least = min((cost.total_minor for _offer, _extras, cost in found if cost), default=0)
    return [
        YearWith(offer, extras, cost, is_cheapest=cost is not None and cost.total_minor == least)
        for offer, extras, cost in found
    ]
