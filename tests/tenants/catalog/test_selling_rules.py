"""Units, weights, windows and limits: the pure rules of selling."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.ids import new_id
from tenants.catalog.models import EVERY_DAY
from tenants.catalog.offering import is_on_offer, quantity_problem, window_sentence
from tenants.catalog.units import base_quantity, stock_sku_id
from tenants.catalog.weights import estimated_price, settle_weight

SUNDAY_NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # in Shanghai


@dataclass
class Form:
    pk: UUID
    base_sku_id: UUID | None
    factor: int


@dataclass
class Sale:
    sale_from: datetime | None = None
    sale_until: datetime | None = None
    sale_weekdays: int = EVERY_DAY
    sale_time_from: time | None = None
    sale_time_until: time | None = None
    limit_per_order: int | None = None
    limit_per_day: int | None = None
    limit_lifetime: int | None = None
    min_quantity: int = 1
    step_quantity: int = 1


def test_a_case_takes_its_pieces_from_the_base() -> None:
    base, case = Form(new_id(), None, 1), Form(new_id(), None, 12)
    case.base_sku_id = base.pk
    assert (base_quantity(case, 2), base_quantity(base, 2)) == (24, 2)
    assert (stock_sku_id(case), stock_sku_id(base)) == (base.pk, base.pk)


class TestWeights:
    @pytest.mark.parametrize(
        ("paid", "estimated", "actual", "due", "refund", "waived"),
        [
            (1000, 500, 500, 1000, 0, 0),
            (1000, 500, 450, 900, 100, 0),
            (1000, 500, 520, 1000, 0, 40),
            (999, 500, 250, 499, 500, 0),  # 499.5: half a fen goes to the shopper
            (1000, 3, 1, 333, 667, 0),
            (1000, 500, 0, 0, 1000, 0),
            (0, 500, 700, 0, 0, 0),
        ],
    )
    def test_less_is_paid_back_and_more_is_given(
        self, paid: int, estimated: int, actual: int, due: int, refund: int, waived: int
    ) -> None:
        settled = settle_weight(paid_minor=paid, estimated_grams=estimated, actual_grams=actual)
        assert (settled.due_minor, settled.refund_minor, settled.waived_minor) == (due, refund, waived)

    @given(st.integers(0, 10**7), st.integers(1, 10**5), st.integers(0, 10**5))
    def test_no_cent_is_lost_or_asked_for_again(self, paid: int, estimated: int, actual: int) -> None:
        settled = settle_weight(paid_minor=paid, estimated_grams=estimated, actual_grams=actual)
        assert settled.due_minor + settled.refund_minor == paid
        assert settled.refund_minor >= 0
        assert settled.waived_minor >= 0
        assert not (settled.refund_minor and settled.waived_minor)

    @pytest.mark.parametrize("wrong", [(1, 0, 1), (1, 1, -1), (-1, 1, 1)])
    def test_what_cannot_be_is_refused(self, wrong: tuple[int, int, int]) -> None:
        with pytest.raises(ValueError, match="weights"):
            settle_weight(paid_minor=wrong[0], estimated_grams=wrong[1], actual_grams=wrong[2])

    def test_an_estimate_is_priced_to_the_nearest_cent(self) -> None:
        assert estimated_price(price_minor=899, per_grams=500, grams=1250) == 2248  # 2247.5


class TestWindows:
    @pytest.mark.parametrize(
        ("sale", "is_open"),
        [
            (Sale(), True),
            (Sale(sale_from=SUNDAY_NOON), True),
            (Sale(sale_from=SUNDAY_NOON + timedelta(seconds=1)), False),
            (Sale(sale_until=SUNDAY_NOON), False),
            (Sale(sale_weekdays=1 << 6), True),
            (Sale(sale_weekdays=EVERY_DAY - (1 << 6)), False),
            (Sale(sale_time_from=time(12), sale_time_until=time(13)), True),
            (Sale(sale_time_from=time(8), sale_time_until=time(12)), False),
            (Sale(sale_time_from=time(20), sale_time_until=time(2)), False),
            (Sale(sale_time_from=time(20), sale_time_until=time(13)), True),
            (Sale(sale_weekdays=1 << 5, sale_time_from=time(20), sale_time_until=time(13)), True),  # since Saturday
            (Sale(sale_weekdays=1 << 6, sale_time_from=time(20), sale_time_until=time(13)), False),
            (Sale(sale_weekdays=1 << 6, sale_time_from=time(12), sale_time_until=time(2)), True),
            (Sale(sale_weekdays=1 << 5, sale_time_from=time(12), sale_time_until=time(2)), False),
        ],
    )
    def test_open_on_the_stores_own_clock(self, sale: Sale, is_open: bool) -> None:
        assert is_on_offer(sale, now=SUNDAY_NOON, timezone="Asia/Shanghai") is is_open

    def test_are_told_in_words(self) -> None:
        assert window_sentence(Sale(), timezone="Asia/Shanghai") == ""
        sale = Sale(sale_weekdays=0b101, sale_time_from=time(8), sale_time_until=time(12))
        assert window_sentence(sale, timezone="Asia/Shanghai") == "周一、周三，08:00–12:00可买"
        night = Sale(sale_time_from=time(20), sale_time_until=time(0))
        assert window_sentence(night, timezone="Asia/Shanghai") == "20:00–次日 00:00可买"


class TestQuantities:
    @pytest.mark.parametrize(
        ("sale", "quantity", "today", "ever", "words"),
        [
            (Sale(), 5, 0, 0, ""),
            (Sale(min_quantity=2), 1, 0, 0, "2 件起购"),
            (Sale(min_quantity=2, step_quantity=2), 3, 0, 0, "2 件的倍数"),
            (Sale(min_quantity=2, step_quantity=2), 4, 0, 0, ""),
            (Sale(limit_per_order=3), 4, 0, 0, "每单限购 3 件"),
            (Sale(limit_per_day=5), 3, 3, 3, "今天还能买 2 件"),
            (Sale(limit_lifetime=5), 1, 0, 7, "还能买 0 件"),
        ],
    )
    def test_are_refused_with_what_is_still_possible(
        self, sale: Sale, quantity: int, today: int, ever: int, words: str
    ) -> None:
        said = quantity_problem(sale, quantity, bought_today=today, bought_ever=ever)
        assert words in said
        assert bool(said) is bool(words)
