"""The public calculator says what the bill would say."""

from datetime import UTC, datetime

import pytest

from billing.estimates import year_with
from billing.selectors import prices_on_sale
from kit.tenancy import in_control

NOW = datetime(2026, 11, 20, tzinfo=UTC)


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

    year = year_with(prices[edition, interval], month_gmv_minor=4_000_000, month_orders=800)

    assert (year.subscription_minor, year.fee_minor) == (subscription, fee)
    assert year.total_minor == subscription + fee
