"""What holds for every amount, not only for the examples (invariants 1 to 7 of the billing rules)."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.calendar import period_holding, period_number
from billing.proration import change_price, part_of
from billing.rating import BrokenTiers, FeeTerms, Tier, Volume, rate_order, reversal, variable_fee
from billing.tax import added_to, included_in
from kit.money import allocate, round_half_away

prices = st.integers(0, 10**9)
amounts = st.integers(0, 5 * 10**7)
days = st.integers(1, 366)
anchors = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@st.composite
def fee_terms(draw: st.DrawFn) -> FeeTerms:
    bounds = sorted(draw(st.sets(st.integers(1, 10**8), max_size=4)))
    rates = draw(st.lists(st.integers(0, 50_000), min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    tiers = tuple(Tier(bound, rate) for bound, rate in zip([*bounds, None], rates, strict=True))
    return FeeTerms(tiers=tiers, included_minor=draw(st.integers(0, 10**8)))


@given(prices, days, st.data())
def test_the_parts_of_a_period_add_up_to_its_price(price: int, total: int, data: st.DataObject) -> None:
    cuts = sorted({0, total, *data.draw(st.lists(st.integers(0, total), max_size=8))})

    parts = [part_of(price, first=a, until=b, days=total) for a, b in pairwise(cuts)]

    assert sum(parts) == price
    assert all(0 <= part <= price for part in parts)


@given(fee_terms(), st.lists(amounts, max_size=30), st.randoms())
def test_the_fees_of_orders_add_up_to_the_fee_of_their_sum(terms: FeeTerms, orders: list[int], luck: object) -> None:
    luck.shuffle(orders)  # type: ignore[attr-defined]

    volume, fees = Volume(), []
    for amount in orders:
        rated = rate_order(terms, volume, amount)
        volume = rated.after
        fees.append(rated.fee_minor)

    assert sum(fees) == variable_fee(terms, sum(orders)) == volume.charged_minor
    assert all(fee >= 0 for fee in fees)


@given(amounts, amounts, st.lists(st.integers(1, 10**7), max_size=8))
def test_refunds_never_take_back_more_than_the_fee(fee: int, order: int, refunds: list[int]) -> None:
    before, taken = 0, []
    for refund in refunds:
        taken.append(reversal(variable_minor=fee, order_minor=order, refunded_before_minor=before, refund_minor=refund))
        before += refund

    assert all(-fee <= back <= 0 for back in taken)
    assert -fee <= sum(taken)
    if order and before >= order:
        assert sum(taken) == -fee


@given(st.integers(-(10**9), 10**9), st.integers(0, 250_000))
def test_net_and_tax_make_gross(gross: int, ppm: int) -> None:
    taxed = included_in(gross, ppm=ppm)

    assert taxed.gross_minor == gross
    assert abs(added_to(taxed.net_minor, ppm=ppm).tax_minor - taxed.tax_minor) <= 1


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any))
def test_shares_add_up_and_are_fair(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)

    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(anchors, st.integers(0, 200), st.sampled_from([1, 12]))
def test_periods_tile_time(anchor: date, number: int, months: int) -> None:
    period = period_number(anchor, number, months=months)

    assert period.ends_on == period_number(anchor, number + 1, months=months).starts_on
    assert period.days in (range(28, 32) if months == 1 else range(365, 367))
    assert period_holding(anchor, period.starts_on, months=months) == period
    assert period_holding(anchor, period.ends_on - timedelta(days=1), months=months) == period
    if months == 1 and anchor.day == 31:
        assert period.starts_on.day == 31 or (period.starts_on + timedelta(days=1)).day == 1


@given(st.fractions(max_denominator=10**6))
def test_rounding_is_odd_and_near(value: Fraction) -> None:
    assert round_half_away(-value) == -round_half_away(value)
    assert abs(round_half_away(value) - value) <= Fraction(1, 2)


@given(prices, prices, days, st.data())
def test_up_and_down_on_one_day_costs_nothing(low: int, high: int, total: int, data: st.DataObject) -> None:
    day = data.draw(st.integers(0, total))

    up = change_price(old_minor=low, new_minor=high, day=day, days=total)
    down = change_price(old_minor=high, new_minor=low, day=day, days=total)

    assert up.total_minor + down.total_minor == 0


@pytest.mark.parametrize(
    "tiers",
    [(), (Tier(10, 1),), (Tier(None, 1), Tier(None, 1)), (Tier(10, 1), Tier(10, 2), Tier(None, 1)), (Tier(None, -1),)],
)
def test_broken_tiers_are_refused(tiers: tuple[Tier, ...]) -> None:
    with pytest.raises(BrokenTiers):
        FeeTerms(tiers=tiers)
