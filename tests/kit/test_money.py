"""Integer minor units, one rounding, one way to split."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.money import (
    CurrencyMismatch,
    Money,
    NotAnAmount,
    UnknownCurrency,
    allocate,
    major_units,
    minor_units,
    rate_of,
    round_half_away,
)

amounts = st.integers(-(10**12), 10**12)


class TestRounding:
    @pytest.mark.parametrize(
        ("exact", "rounded"),
        [("0.5", 1), ("-0.5", -1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("-2.5", -3), ("0", 0), ("0.49", 0)],
    )
    def test_halves_go_away_from_zero(self, exact: str, rounded: int) -> None:
        assert round_half_away(Decimal(exact)) == rounded

    @given(st.fractions())
    def test_is_odd_and_never_more_than_a_half_off(self, exact: Fraction) -> None:
        assert round_half_away(-exact) == -round_half_away(exact)
        assert abs(round_half_away(exact) - exact) <= Fraction(1, 2)

    @given(amounts, st.integers(0, 1_000_000))
    def test_a_rate_is_rounded_once(self, amount: int, ppm: int) -> None:
        assert rate_of(amount, ppm) == round_half_away(Fraction(amount * ppm, 1_000_000))


class TestAllocate:
    @given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any))
    def test_parts_add_up_and_none_is_a_unit_off(self, amount: int, weights: list[int]) -> None:
        parts = allocate(amount, weights)

        assert sum(parts) == amount
        total = sum(weights)
        assert all(abs(part - Fraction(amount * w, total)) < 1 for part, w in zip(parts, weights, strict=True))

    def test_the_first_of_equals_gets_the_odd_unit(self) -> None:
        assert allocate(100, [1, 1, 1]) == [34, 33, 33]
        assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]

    @pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
    def test_refuses_weights_that_mean_nothing(self, weights: list[int]) -> None:
        with pytest.raises(ValueError, match="weights"):
            allocate(100, weights)


class TestWords:
    @given(amounts)
    def test_what_is_written_is_read_back(self, amount: int) -> None:
        assert minor_units(major_units(amount)) == amount

    @pytest.mark.parametrize(("typed", "fen"), [("12.9", 1290), ("¥1,290.00", 129000), (" 3元 ", 300), ("0.1", 10)])
    def test_reads_what_people_type(self, typed: str, fen: int) -> None:
        assert minor_units(typed) == fen

    @pytest.mark.parametrize(
        "typed", ["", "一块八", "1.234", "1e3x", "NaN", "Infinity", "1..2", "12,9", "1，2，3", "1_000", "1,290.5,0"]
    )
    def test_refuses_what_is_no_amount(self, typed: str) -> None:
        with pytest.raises(NotAnAmount):
            minor_units(typed)

    def test_knows_currencies_without_decimals(self) -> None:
        assert minor_units("500", "JPY") == 500
        assert major_units(500, "JPY") == "500"
        with pytest.raises(NotAnAmount):
            minor_units("5.5", "JPY")


class TestMoney:
    def test_currencies_do_not_mix(self) -> None:
        with pytest.raises(CurrencyMismatch):
            Money(1, "CNY") + Money(1, "USD")
        with pytest.raises(UnknownCurrency):
            Money(1, "XXX")

    @pytest.mark.parametrize("amount", [1.0, "1", True, None])
    def test_is_whole_minor_units_only(self, amount: object) -> None:
        with pytest.raises(NotAnAmount):
            Money(amount)  # type: ignore[arg-type]

    def test_adds_and_compares(self) -> None:
        assert Money(5) + Money(7) == Money(12)
        assert Money(5) - Money(7) == -Money(2)
        assert Money(5) * 3 == Money(15)
        assert Money(5) < Money(7)
        assert str(Money(129000)) == "CNY 1,290.00"
