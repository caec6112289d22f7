"""Goods by weight: paid by an estimate, settled once by the scale, never topped up."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.ids import new_id
from kit.tenancy import StoreRef
from tenants.aftersales.books import check
from tenants.aftersales.models import Weighing
from tenants.aftersales.selectors import lines_to_weigh
from tenants.aftersales.services.weigh import AlreadyWeighed, NotByWeight, WeightOff, settle_line_weight
from tenants.campaigns.models import CampaignItem
from tenants.catalog.models import Sku
from tenants.catalog.weights import settle_weight
from tenants.commissions.services.set_store_rate import set_store_rate
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order
from tenants.payments.models import Refund
from tenants.sales.services.refund_lines import WantedRefund, refund_lines
from tests.factories.aftersales import an_after_sale, fetched
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_paid_order, a_pending_order, line_id_of
from tests.factories.times import NOW, TOMORROW

BOSS = Actor(kind="person", id="1", name="陈店长")


def ribs(*, price_minor: int = 3000, grams: int = 500) -> CampaignItem:
    """Ribs at so much for an estimated piece."""
    item = an_offer(price_minor=price_minor)
    per = {"weighed_per_grams": 500, "weighed_price_minor": price_minor, "estimated_grams": grams}
    Sku.objects.filter(pk=item.sku_id).update(**per)
    return item


def weigh(order: Order, grams: int) -> Weighing:
    return settle_line_weight(order_line_id=line_id_of(order), grams=grams, actor=BOSS, now=NOW)


def test_less_than_estimated_goes_back_with_all_that_hangs_on_it(in_acme: StoreRef) -> None:
    set_store_rate(rate_ppm=100_000, by_name="", now=NOW)
    order = a_paid_order(ribs(), quantity=2)

    weighing = weigh(order, 900)

    assert (weighing.estimated_grams, weighing.refund_minor, Refund.objects.get().amount_minor) == (1000, 600, 600)
    assert balance_of(book=Book.COMMISSION_PAYABLE) == -540
    line = order.lines.get()
    assert (line.refunded_quantity, line.left_minor) == (0, 5400)
    assert Refund.objects.get().reason == "称重差额：预估 1000 克，实际 900 克"


def test_more_than_estimated_is_given(in_acme: StoreRef) -> None:
    order = fetched(a_paid_order(ribs()))
    assert (weigh(order, 620).refund_minor, Refund.objects.count()) == (0, 0)


def test_once_whoever_taps(in_acme: StoreRef) -> None:
    order = a_paid_order(ribs())
    assert {weigh(order, 450).pk for _tap in range(20)} == {Weighing.objects.get().pk}
    with pytest.raises(AlreadyWeighed):
        weigh(order, 400)
    assert Refund.objects.get().amount_minor == 300


def test_of_what_is_left_after_a_refund(in_acme: StoreRef) -> None:
    order = a_paid_order(ribs(), quantity=2)
    wanted = [WantedRefund(line_id_of(order), quantity=1)]
    refund_lines(order_id=order.pk, wanted=wanted, reason="", actor=BOSS, key="k", now=NOW)
    assert (weigh(order, 400).estimated_grams, order.lines.get().left_minor) == (500, 2400)
    made = an_after_sale(order)
    assert made.quantity == 1


def test_pieces_given_back_later_cost_what_the_scale_said(in_acme: StoreRef) -> None:
    order = a_paid_order(ribs(), quantity=3)
    weigh(order, 1200)  # of 1500: 7200 of 9000 is kept, 2400 a piece
    given = [
        refund_lines(
            order_id=order.pk,
            wanted=[WantedRefund(line_id_of(order), quantity=1)],
            reason="",
            actor=BOSS,
            key=f"k{turn}",
            now=NOW,
        ).amount_minor
        for turn in range(3)
    ]
    assert given == [2400, 2400, 2400]
    assert order.lines.get().left_minor == 0
    assert not check(NOW)


def test_by_the_estimate_that_was_agreed(in_acme: StoreRef) -> None:
    order = a_paid_order(ribs())
    Sku.objects.update(estimated_grams=1000)
    assert weigh(order, 500).refund_minor == 0


@pytest.mark.parametrize("grams", [0, -1, 2501, 10**9])
def test_a_weight_that_cannot_be_is_refused(in_acme: StoreRef, grams: int) -> None:
    order = a_paid_order(ribs())
    with pytest.raises(WeightOff):
        weigh(order, grams)
    assert not Weighing.objects.exists()


def test_pieces_and_strangers_are_not_weighed(in_acme: StoreRef) -> None:
    with pytest.raises(NotByWeight):
        weigh(a_paid_order(), 100)
    with pytest.raises(NotByWeight):
        settle_line_weight(order_line_id=new_id(), grams=1, actor=BOSS, now=NOW)


def test_a_day_lists_what_was_paid_by_an_estimate(in_acme: StoreRef) -> None:
    item = ribs()
    order = a_paid_order(item)
    a_pending_order(item, point=order.pickup_point)
    a_paid_order()
    assert [line.order for line in lines_to_weigh(TOMORROW)] == [order]
    assert not lines_to_weigh(NOW.date())


def test_the_books_find_another_difference(in_acme: StoreRef, broken_books: None) -> None:
    weigh(a_paid_order(ribs()), 450)
    changes: list[dict[str, Any]] = [{"refund_minor": 299}, {"grams": 449}, {"order_refund": None}]
    for change in changes:
        Weighing.objects.update(**change)
        assert "称重差额等于退款单" in {one.sentence.partition("：")[0] for one in check(NOW)}


@settings(max_examples=200)
@given(paid=st.integers(0, 10**7), estimated=st.integers(1, 10**5), actual=st.integers(1, 10**5))
def test_the_books_and_the_scale_round_alike(paid: int, estimated: int, actual: int) -> None:
    fair = (2 * paid * actual + estimated - 1) // (2 * estimated)
    assert settle_weight(paid_minor=paid, estimated_grams=estimated, actual_grams=actual).refund_minor == paid - min(
        paid, fair
    )
