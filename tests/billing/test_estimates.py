"""The public calculator says what the bill would say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.estimates import add_ons_on_sale, extras_for, year_with
from billing.models.catalogue import PriceVersion
from billing.rating import FeeTerms, Tier, Volume, fee_of_equal_orders, rate_order
from billing.selectors import prices_on_sale
from kit.tenancy import in_control

LONG = 60
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def on_sale(django_db_setup: str, django_db_blocker: Any) -> list[PriceVersion]:
    with django_db_blocker.unblock(), in_control():
        return prices_on_sale(now=NOW)


@pytest.mark.parametrize(
    ("edition", "interval", "subscription", "fee"),
    [
        ("starter", "month", 357_600, 288_000),  # 0.6 % of 40,000 yuan a month from the first fen
        ("starter", "year", 298_000, 108_000),  # of what 480,000 has over the 300,000 included
        ("growth", "month", 1_176_000, 192_000),
        ("growth", "year", 980_000, 0),
        ("chain", "year", 2_980_000, 0),
    ],
)
def test_a_year_of_forty_thousand_yuan_a_month(
    db: None, edition: str, interval: str, subscription: int, fee: int
) -> None:
    with in_control():
        prices = {(price.edition.code, price.interval): price for price in prices_on_sale(now=NOW)}

    year = year_with(prices[edition, interval], average_minor=5_000, month_orders=800)

    assert (year.subscription_minor, year.fee_minor) == (subscription, fee)
    assert year.total_minor == subscription + fee


@st.composite
def hard_terms(draw: st.DrawFn) -> FeeTerms:
    """Terms with everything at once, small enough that bounds are met within a few orders."""
    bounds = sorted(draw(st.sets(st.integers(1, 40_000), max_size=3)))
    rates = draw(st.lists(st.integers(0, 60_000), min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    return FeeTerms(
        tiers=tuple(Tier(bound, rate) for bound, rate in zip([*bounds, None], rates, strict=True)),
        included_minor=draw(st.integers(0, 20_000)),
        fixed_minor=draw(st.integers(0, 20)),
        fixed_free_orders=draw(st.integers(0, 20)),
        order_cap_minor=draw(st.none() | st.integers(0, 60)),
        order_floor_minor=draw(st.integers(0, 40)),
        interval_cap_minor=draw(st.none() | st.integers(0, 1_000)),
    )


@given(hard_terms(), st.integers(0, 3_000), st.integers(0, LONG))
def test_equal_orders_cost_what_rating_each_of_them_costs(terms: FeeTerms, amount: int, orders: int) -> None:
    volume = Volume()
    for _order in range(orders):
        volume = rate_order(terms, volume, amount).after

    assert fee_of_equal_orders(terms, amount_minor=amount, orders=orders) == volume.charged_minor


@given(st.integers(1, 200_000), st.integers(0, 400))
def test_every_price_on_sale_is_estimated_as_it_is_rated(
    on_sale: list[PriceVersion], average: int, orders: int
) -> None:
    for price in on_sale:
        volume = Volume()
        for _order in range(orders):
            volume = rate_order(price.fee_terms, volume, average).after
        assert fee_of_equal_orders(price.fee_terms, amount_minor=average, orders=orders) == volume.charged_minor


class TestExtras:
    def test_what_a_plan_lacks_is_bought_beside_it_by_the_piece(self, db: None) -> None:
        with in_control():
            prices = {(price.edition.code, price.interval): price for price in prices_on_sale(now=NOW)}
            add_ons = add_ons_on_sale(now=NOW)
            wanted = {"staff": 14, "leaders": 31}  # Starter holds 3 and 30; packs are of 5 and of 100
            extras = extras_for(prices["starter", "month"], wanted=wanted, add_ons=add_ons)
        assert extras is not None
        assert {extra.price.add_on.code: extra.quantity for extra in extras} == {"staff_pack": 3, "leader_pack": 1}
        cost = year_with(prices["starter", "month"], average_minor=5_000, month_orders=0, extras=extras)
        assert (cost.extras_minor, cost.total_minor) == (12 * (3 * 5_000 + 8_000), 12 * (29_800 + 3 * 5_000 + 8_000))

    def test_what_nothing_on_sale_adds_does_not_fit(self, db: None) -> None:
        with in_control():
            prices = {(price.edition.code, price.interval): price for price in prices_on_sale(now=NOW)}
            add_ons = add_ons_on_sale(now=NOW)
            assert extras_for(prices["starter", "year"], wanted={"cities": 2}, add_ons=add_ons) is None
            assert extras_for(prices["starter", "year"], wanted={"cities": 1}, add_ons=add_ons) == []
