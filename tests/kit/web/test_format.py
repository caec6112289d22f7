"""Amounts and times as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from kit.money import Money
from kit.web.format import ago, clock_time, day, long_day, moment, money, number, percent, signed_money, whole_money

NOON_IN_SHANGHAI = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class TestMoney:
    @pytest.mark.parametrize(
        ("minor", "currency", "written"),
        [
            (1290, "CNY", "¥12.90"),
            (0, "CNY", "¥0.00"),
            (-5, "CNY", "-¥0.05"),
            (129_000_000, "USD", "$1,290,000.00"),
            (1500, "JPY", "JP¥1,500"),
        ],
    )
    def test_writes_minor_units_with_their_mark(self, minor: int, currency: str, written: str) -> None:
        assert money(minor, currency) == written

    def test_takes_a_money_as_it_is(self) -> None:
        assert money(Money(1290, "HKD")) == "HK$12.90"

    def test_writes_a_dash_for_nothing(self) -> None:
        assert money(None) == "–"

    def test_signs_what_comes_in_and_goes_out(self) -> None:
        assert [signed_money(1), signed_money(-1)] == ["+¥0.01", "-¥0.01"]

    def test_drops_decimals_only_when_they_are_zero(self) -> None:
        assert [whole_money(298_000), whole_money(298_050)] == ["¥2,980", "¥2,980.50"]


class TestNumbers:
    def test_writes_rates_without_trailing_zeros(self) -> None:
        assert [percent(6000), percent(80_000), percent(1), percent(-2500)] == ["0.6%", "8%", "0.0001%", "-0.25%"]

    def test_separates_thousands(self) -> None:
        assert number(1234567) == "1,234,567"


class TestTimes:
    def test_shows_the_time_in_shanghai(self) -> None:
        assert moment(NOON_IN_SHANGHAI) == "2026-11-22 12:00"
        assert clock_time(NOON_IN_SHANGHAI) == "12:00"

    def test_turns_the_day_at_shanghais_midnight(self) -> None:
        assert day(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == "2026-11-22"

    def test_says_a_day_as_people_do(self) -> None:
        assert long_day(date(2026, 11, 22)) == "11月22日 周日"
        with translation.override("en"):
            assert long_day(date(2026, 11, 22)) == "Sun 22 Nov"

    @pytest.mark.parametrize(
        ("apart", "chinese", "english"),
        [
            (timedelta(seconds=30), "刚刚", "just now"),
            (timedelta(minutes=1), "1 分钟前", "1 minute ago"),
            (timedelta(hours=3), "3 小时前", "3 hours ago"),
            (timedelta(minutes=-40), "40 分钟后", "in 40 minutes"),
            (timedelta(days=8), "2026-11-14", "2026-11-14"),
        ],
    )
    def test_says_how_long_ago(self, apart: timedelta, chinese: str, english: str) -> None:
        assert ago(NOON_IN_SHANGHAI - apart, NOON_IN_SHANGHAI) == chinese
        with translation.override("en"):
            assert ago(NOON_IN_SHANGHAI - apart, NOON_IN_SHANGHAI) == english
