"""A basket on a phone: what comes off it is told before, agreed to, and shown on the order after."""

from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tests.api.conftest import Shop, open_shop
from tests.factories.promotions import TWENTY_FIVE_LESS_THREE, a_coupon, a_coupon_kind, a_promotion

YUAN = {"currency": "CNY"}


def _basket(shop: Shop, **more: object) -> dict[str, object]:
    lines = [{"campaign_item_id": str(shop.item.pk), "quantity": 3}]
    return {"lines": lines, "pickup_point_id": str(shop.point.pk), **more}


def test_a_coupon_is_chosen_agreed_to_and_shown(shop: Shop) -> None:
    with in_store(shop.ref):
        a_promotion(TWENTY_FIVE_LESS_THREE)
        coupon = str(a_coupon(shop.member).pk)

    plain = shop.phone.post("/quotes", _basket(shop)).json()
    assert [(one["id"], one["fits"], one["sentence"]) for one in plain["coupons"]] == [(coupon, True, "可抵 ¥5.00")]
    quote = shop.phone.post("/quotes", _basket(shop, coupon_id=coupon)).json()
    assert (quote["goods"]["amount"], quote["total"]["amount"], quote["can_order"]) == (3870, 3070, True)
    assert [step["sentence"] for step in quote["discounts"]] == ["满减「满25减3」减 ¥3.00", "优惠券「满30减5」抵 ¥5.00"]

    placed = shop.phone.post("/orders", shop.order_words(quantity=3, expected_total=quote["total"], coupon_id=coupon))

    assert placed.status_code == 201
    order = shop.phone.get(f"/orders/{placed.json()['id']}").json()
    assert order == placed.json()
    assert (order["goods"]["amount"], order["total"]["amount"]) == (3870, 3070)
    assert [(one["kind"], one["off"]["amount"]) for one in order["discounts"]] == [
        ("spend_and_save", 300),
        ("coupon", 500),
    ]
    (line,) = order["lines"]
    assert line["net"]["amount"] == line["total"]["amount"] - sum(one["off"]["amount"] for one in line["discounts"])
    again = shop.phone.post("/orders", shop.order_words(quantity=3, expected_total=quote["total"], coupon_id=coupon))
    assert (again.status_code, again.json()["code"]) == (409, "coupon_gone")


def test_an_old_price_is_refused_with_the_discounts_of_today(shop: Shop) -> None:
    with in_store(shop.ref):
        a_promotion(TWENTY_FIVE_LESS_THREE)
    refused = shop.phone.post("/orders", shop.order_words(quantity=2))
    assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
    assert refused.json()["total"] == {"amount": 2280, **YUAN}
    assert refused.json()["discounts"] == ["满减「满25减3」减 ¥3.00"]


def test_a_price_that_moved_is_refused_line_by_line(shop: Shop) -> None:
    words = shop.order_words()
    line = {"campaign_item_id": str(shop.item.pk), "quantity": 1}
    seen = {**line, "unit_price": {"amount": 1190, **YUAN}}
    refused = shop.phone.post("/orders", {**words, "lines": [seen]})
    assert (refused.status_code, refused.json()["code"]) == (409, "price_changed")
    (told,) = refused.json()["lines"]
    assert (told["campaign_item_id"], told["unit_price"]) == (str(shop.item.pk), {"amount": 1290, **YUAN})
    good = {**line, "unit_price": {"amount": 1290, **YUAN}}
    assert shop.phone.post("/orders", {**words, "lines": [good]}).status_code == 201


def test_a_coupon_that_does_not_serve_is_said_so(shop: Shop) -> None:
    with in_store(shop.ref):
        far = str(a_coupon(shop.member, a_coupon_kind(threshold_minor=9900)).pk)
    quote = shop.phone.post("/quotes", _basket(shop, coupon_id=far)).json()
    assert (quote["coupon_problem"], quote["can_order"]) == ("还差 ¥60.30 可用", False)
    refused = shop.phone.post("/orders", shop.order_words(coupon_id=far))
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon_not_fitting")
    assert "还差" in refused.json()["detail"]


def test_a_coupon_of_somebody_else_or_of_another_store_is_not_there(shop: Shop, rival: StoreRef) -> None:
    other = open_shop(rival)
    with in_store(rival):
        theirs = str(a_coupon(other.member).pk)
    with in_store(shop.ref):
        neighbours = str(a_coupon(shop.point.leader.member).pk)
    for coupon in (theirs, neighbours, str(new_id())):
        refused = shop.phone.post("/orders", shop.order_words(quantity=3, coupon_id=coupon))
        assert (refused.status_code, refused.json()["code"]) == (409, "coupon_gone")
    assert shop.stranger.post("/quotes", _basket(shop, coupon_id=theirs)).json()["can_order"] is False
    assert shop.phone.post("/orders", shop.order_words(coupon_id="x")).status_code == 400
