"""Nothing is sold twice, nobody is shown a deadlock, one key is one order: two server processes, real connections."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from kit.ids import new_id
from tenants.inventory.models import Stock
from tenants.orders.models import Order
from tenants.payments.models import Payment
from tenants.promotions.models import Coupon, CouponState
from tests.factories.campaigns import an_offer
from tests.factories.promotions import a_coupon, a_coupon_kind
from tests.races.market import Market, market, told
from tests.races.serving import Wish, basket, buyers, open_today, order_at_once

__all__ = ["market"]


def sell_out(market: Market, *, crowd: int, pieces: int) -> float:
    """Let a crowd buy one piece each; return after how many seconds the last of them knew."""
    item = an_offer(in_stock=pieces)
    open_today(market.now)
    wishes = [
        Wish(token, str(new_id()), basket(market.point, (item, 1))) for _member, token in buyers(crowd, now=market.now)
    ]

    answers = order_at_once(market.ref, market.port, wishes)

    assert told(answers) == {(201, ""): pieces, (409, "out_of_stock"): crowd - pieces}
    stock = Stock.objects.get(sku=item.sku_id)
    assert (stock.on_hand, stock.reserved) == (pieces, pieces)
    return max(answer.seconds for answer in answers)


def test_forty_buyers_and_ten_pieces(market: Market) -> None:
    sell_out(market, crowd=40, pieces=10)


@pytest.mark.nightly
def test_two_hundred_buyers_and_fifty_pieces_five_times(market: Market) -> None:
    rounds = [sell_out(market, crowd=200, pieces=50) for _round in range(5)]
    Console().print("seconds until the last of 200 buyers knew:", [f"{seconds:.1f}" for seconds in rounds])


def test_baskets_in_opposite_order_all_go_through(market: Market) -> None:
    first, second = an_offer(in_stock=100), an_offer(title="丰水梨", in_stock=100)
    open_today(market.now)
    wishes = [
        Wish(token, str(new_id()), basket(market.point, *([(first, 1), (second, 1)][:: 1 - 2 * (number % 2)])))
        for number, (_member, token) in enumerate(buyers(24, now=market.now))
    ]

    answers = order_at_once(market.ref, market.port, wishes)

    assert told(answers) == {(201, ""): 24}


def test_one_key_pressed_fifty_times_is_one_order(market: Market) -> None:
    item = an_offer(in_stock=100)
    open_today(market.now)
    ((member, token),) = buyers(1, now=market.now)
    wish = Wish(token, "the-same", basket(market.point, (item, 1)))

    answers = order_at_once(market.ref, market.port, [wish] * 50)
    (after,) = order_at_once(market.ref, market.port, [wish])

    assert set(told(answers)) <= {(201, ""), (409, "idempotency_in_progress")}
    assert {answer.words["id"] for answer in [*answers, after] if answer.status == 201} == {after.words["id"]}
    assert Order.objects.filter(member=member).count() == 1


def test_one_key_pressed_fifty_times_at_the_cashier_is_one_payment(market: Market) -> None:
    item = an_offer(in_stock=100)
    open_today(market.now)
    ((_member, token),) = buyers(1, now=market.now)
    (placed,) = order_at_once(market.ref, market.port, [Wish(token, "order", basket(market.point, (item, 1)))])
    path = f"/api/v1/orders/{placed.words['id']}/payments"

    answers = order_at_once(market.ref, market.port, [Wish(token, "pay", {"method": "sandbox"}, path)] * 50)

    assert set(told(answers)) <= {(201, ""), (409, "idempotency_in_progress")}
    assert len({answer.words["id"] for answer in answers if answer.status == 201}) == 1
    assert Payment.objects.filter(order=placed.words["id"]).count() == 1


def test_one_coupon_serves_one_of_twelve_baskets(market: Market) -> None:
    item = an_offer(in_stock=100)
    open_today(market.now)
    ((member, token),) = buyers(1, now=market.now)
    coupon = a_coupon(
        member, a_coupon_kind(threshold_minor=1000, valid_days=None, valid_until=datetime(2100, 1, 1, tzinfo=UTC))
    )
    body = {**basket(market.point, (item, 1)), "coupon_id": str(coupon.pk)}
    body["expected_total"] = {"amount": item.price_minor - 500, "currency": "CNY"}

    answers = order_at_once(market.ref, market.port, [Wish(token, str(new_id()), body) for _tap in range(12)])

    assert told(answers) == {(201, ""): 1, (409, "coupon_gone"): 11}
    assert Coupon.objects.get(pk=coupon.pk).state == CouponState.LOCKED
