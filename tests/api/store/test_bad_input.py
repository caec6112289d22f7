"""What a shopper, or whoever plays one, may send when it comes to money: each with a sentence one understands."""

from typing import Any
from uuid import uuid4

import pytest

from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.inventory.models import Stock
from tenants.orders.models import Order, OrderState
from tenants.payments.methods.sandbox import sandbox_decide
from tests.api.conftest import Shop, open_shop
from tests.api.webhooks.test_sandbox import tell
from tests.factories.orders import a_pending_order, a_started_payment
from tests.factories.promotions import a_coupon, a_coupon_kind
from tests.factories.times import later

WHOLE = "数量要填 1 到 9999 的整数。"


def said(answer: Any) -> tuple[int, str, str]:
    told = answer.json()
    return answer.status_code, told["code"], told["detail"]


def wanted(shop: Shop, quantity: Any = 1) -> list[dict[str, Any]]:
    return [{"campaign_item_id": str(shop.item.pk), "quantity": quantity}]


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 10**30, 1.5, 3.0, "3", "NaN", "", None, True, [], {}])
def test_a_quantity_that_is_none_is_told_in_one_sentence_at_every_door(shop: Shop, quantity: Any) -> None:
    lines = wanted(shop, quantity)
    asked = shop.order_words(lines=lines)
    quote = {"lines": lines, "pickup_point_id": str(shop.point.pk)}
    for path, words in (("/orders", asked), ("/checkouts", asked), ("/quotes", quote)):
        answer = shop.phone.post(path, words)
        assert (answer.status_code, answer.json()["errors"]) == (400, {"lines.0.quantity": [WHOLE]}), path
    missing = shop.phone.post("/orders", shop.order_words(lines=[{"campaign_item_id": str(shop.item.pk)}]))
    assert missing.json()["errors"] == {"lines.0.quantity": [WHOLE]}
    with in_store(shop.ref):
        assert not Order.objects.exists()


def test_the_same_goods_in_two_lines_count_together(shop: Shop) -> None:
    lines = wanted(shop, 60) * 2
    answer = shop.phone.post(
        "/orders", shop.order_words(lines=lines, expected_total={"amount": 1290 * 120, "currency": "CNY"})
    )
    assert said(answer) == (409, "out_of_stock", "洛川苹果：只剩 100 份")


def test_sold_out_between_the_page_and_the_order(shop: Shop) -> None:
    assert shop.phone.post("/quotes", {"lines": wanted(shop), "pickup_point_id": str(shop.point.pk)}).json()[
        "can_order"
    ]
    with in_store(shop.ref):
        Stock.objects.filter(sku=shop.item.sku_id).update(on_hand=0)

    answer = shop.phone.post("/orders", shop.order_words())

    assert said(answer) == (409, "out_of_stock", "洛川苹果：刚刚被抢完了")


def test_cut_off_between_the_order_and_the_payment_pays_for_two_minutes_what_is_held(shop: Shop) -> None:
    with clock.at(later(hours=10, minutes=59)):
        paid, too_late = (shop.phone.post("/orders", shop.order_words()).json() for _order in range(2))
    with clock.at(later(hours=11, minutes=1)):
        assert said(shop.phone.post("/orders", shop.order_words())) == (
            409,
            "campaign_closed",
            "洛川苹果：本团已截单",
        )
        payment = shop.phone.post(f"/orders/{paid['id']}/payments", {"method": "sandbox"})
        assert payment.status_code == 201, payment.json()
        shop.phone.client.post(payment.json()["redirect_url"], {"decision": "pay"})
        assert shop.phone.get(f"/orders/{paid['id']}").json()["state"] == "paid"
    with clock.at(later(hours=11, minutes=3)):
        answer = shop.phone.post(f"/orders/{too_late['id']}/payments", {"method": "sandbox"})
        assert said(answer) == (409, "order_closed", "订单已超时关闭，请重新下单。")


def test_after_its_time_an_order_is_not_paid(shop: Shop) -> None:
    order = shop.phone.post("/orders", shop.order_words()).json()
    with clock.at(later(minutes=16)):
        answer = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"})
    assert said(answer) == (409, "order_closed", "订单已超时关闭，请重新下单。")


def test_paid_once_it_is_not_paid_again(shop: Shop) -> None:
    order = shop.phone.post("/orders", shop.order_words()).json()
    payment = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"}).json()
    shop.phone.client.post(payment["redirect_url"], {"decision": "pay"})
    answer = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"})
    assert said(answer) == (409, "not_payable", "这个订单不需要付款了。")


def test_what_is_another_stores_is_as_absent_as_what_never_was(shop: Shop, rival: StoreRef) -> None:
    other = open_shop(rival)
    order = shop.phone.post("/orders", shop.order_words()).json()
    payment = shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"}).json()
    with in_store(shop.ref):
        coupon = a_coupon(shop.member, a_coupon_kind(threshold_minor=1000))
    for id_of in (lambda told: told, lambda _told: str(uuid4())):
        pay = other.phone.post(f"/orders/{id_of(order['id'])}/payments", {"method": "sandbox"})
        assert said(pay) == (404, "order_missing", "没有找到这个订单。")
        read = other.phone.get(f"/payments/{id_of(payment['id'])}")
        assert said(read) == (404, "payment_missing", "没有找到这笔付款。")
        item = other.phone.post(
            "/orders", other.order_words(lines=[{"campaign_item_id": id_of(str(shop.item.pk)), "quantity": 1}])
        )
        assert said(item) == (409, "campaign_closed", "商品：商品已下架")
        point = other.phone.post("/orders", other.order_words(pickup_point_id=id_of(str(shop.point.pk))))
        assert said(point) == (409, "point_closed", "这个自提点暂停服务，请换一个自提点。")
        used = other.phone.post("/orders", other.order_words(coupon_id=id_of(str(coupon.pk))))
        assert said(used) == (409, "coupon_gone", "优惠券已使用或已过期，请重新选择。")
    with in_store(rival):
        assert not Order.objects.exists()


def test_a_coupon_is_used_once(shop: Shop) -> None:
    with in_store(shop.ref):
        coupon = a_coupon(shop.member, a_coupon_kind(threshold_minor=1000))
    words = shop.order_words(coupon_id=str(coupon.pk), expected_total={"amount": 790, "currency": "CNY"})
    assert shop.phone.post("/orders", words).status_code == 201
    assert said(shop.phone.post("/orders", words)) == (409, "coupon_gone", "优惠券已使用或已过期，请重新选择。")


@pytest.mark.parametrize("method", ["wechat_h5", "alipay_qr", "stripe", "balance"])
def test_a_way_to_pay_that_the_store_does_not_offer(shop: Shop, method: str) -> None:
    order = shop.phone.post("/orders", shop.order_words()).json()
    answer = shop.phone.post(f"/orders/{order['id']}/payments", {"method": method})
    assert said(answer) == (422, "unknown_method", "请换一种付款方式。")


def test_a_forged_and_a_replayed_notice_are_told_why(shop: Shop) -> None:
    with in_store(shop.ref):
        payment = a_started_payment(a_pending_order(shop.item, member=shop.member, point=shop.point))
        notice = sandbox_decide(key=payment.key, decision="pay", now=clock.now())
    assert notice
    forged = tell(shop.stranger, shop.ref, notice, signature="0" * 64)
    assert said(forged) == (403, "bad_signature", "签名不对，通知未接收。")
    with clock.at(later(minutes=6)):
        replayed = tell(shop.stranger, shop.ref, notice)
    assert said(replayed) == (403, "stale_notice", "通知已过期，未接收。")
    with in_store(shop.ref):
        assert Order.objects.get().state == OrderState.PENDING_PAYMENT
