"""What holds for every change, coupon and stream of orders, not only for the examples."""

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from billing.calendar import add_months, period_holding
from billing.discounts import discount_of, months_covered
from billing.proration import change_price, part_of
from billing.rating import FeeTerms, Tier, Volume, rate_order
from kit.money import PPM

prices = st.integers(0, 10**9)
totals = st.integers(1, 366)


@given(st.lists(prices, min_size=1, max_size=8), totals, st.data())
def test_changes_never_leave_the_range_of_the_plans_by_more_than_a_unit_each(
    plans: list[int], days: int, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, days), min_size=len(plans) - 1, max_size=len(plans) - 1)))

    paid = plans[0]
    for (old, new), day in zip(pairwise(plans), cuts, strict=True):
        paid += change_price(old_minor=old, new_minor=new, day=day, days=days).total_minor

    assert min(plans) - len(plans) <= paid <= max(plans) + len(plans)
    bounds = [0, *cuts, days]
    assert paid == sum(
        part_of(plan, first=a, until=b, days=days) for plan, (a, b) in zip(plans, pairwise(bounds), strict=True)
    )


@given(prices, prices, totals, st.data())
def test_what_comes_back_is_never_more_than_what_was_charged(
    price: int, off: int, days: int, data: st.DataObject
) -> None:
    net = price - min(price, off)
    first = data.draw(st.integers(0, days - 1))
    day = data.draw(st.integers(first, days))

    charged = part_of(net, first=first, until=days, days=days)
    change = change_price(old_minor=net, new_minor=0, day=day, days=days)

    assert 0 <= -change.credit_minor <= charged


@given(prices, st.integers(1, PPM), st.sampled_from([1, 12]), st.data())
def test_a_coupon_takes_off_something_between_nothing_and_everything(
    price: int, ppm: int, of: int, data: st.DataObject
) -> None:
    months = data.draw(st.integers(0, of))

    off = discount_of(price, percent_ppm=ppm, amount_minor=None, months=months, of=of)

    assert 0 <= off <= price
    assert discount_of(price, percent_ppm=PPM, amount_minor=None, months=of, of=of) == price
    assert off <= discount_of(price, percent_ppm=ppm, amount_minor=None, months=of, of=of)


@given(st.dates(date(2024, 1, 1), date(2032, 1, 1)), st.integers(1, 40), st.sampled_from([1, 12]))
def test_a_coupon_of_n_months_covers_n_months_over_all_intervals(anchor: date, months: int, of: int) -> None:
    until = add_months(anchor, months)
    covered, day = 0, anchor
    while day < until:
        interval = period_holding(anchor, day, months=of)
        covered += months_covered(interval.starts_on, of=of, until=until)
        day = interval.ends_on

    assert abs(covered - months) <= of  # counted from a clamped month's end, a boundary may move by one month
    assert covered >= 1


@given(
    st.lists(st.integers(0, 5 * 10**7), min_size=1, max_size=25),
    st.integers(0, 50_000),
    st.integers(0, 500),
    st.integers(0, 5_000),
    st.integers(0, 10**6),
    st.data(),
)
def test_caps_and_floors_hold_and_rating_may_stop_anywhere(
    orders: list[int], ppm: int, fixed: int, cap: int, interval_cap: int, data: st.DataObject
) -> None:
    floor = data.draw(st.integers(0, cap))
    terms = FeeTerms(
        tiers=(Tier(None, ppm),),
        fixed_minor=fixed,
        order_cap_minor=cap,
        order_floor_minor=floor,
        interval_cap_minor=interval_cap,
    )
    stop = data.draw(st.integers(0, len(orders)))
    volume, fees = Volume(), []
    for amount in orders:
        rated = rate_order(terms, volume, amount)
        volume = rated.after
        fees.append(rated.fee_minor)

    kept = Volume(sum(orders[:stop]), stop, sum(fees[:stop]))
    again = []
    for amount in orders[stop:]:
        rated = rate_order(terms, kept, amount)
        kept = rated.after
        again.append(rated.fee_minor)

    assert fees[stop:] == again
    assert sum(fees) <= interval_cap
    assert all(0 <= fee <= cap for fee in fees)
    before_cap = [fee for fee, sum_ in zip(fees, _sums(fees), strict=True) if sum_ < interval_cap]
    assert all(fee >= floor for fee in before_cap)


def _sums(fees: list[int]) -> list[int]:
    return [sum(fees[: n + 1]) for n in range(len(fees))]
