"""After-sales on the phone: the member asks and appeals, the leader judges and asks for members."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kit.ids import new_id
from kit.tenancy import in_store
from tenants.aftersales.models import AfterSale, Remedy
from tenants.aftersales.services.decide import Decision, approve, reject
from tenants.aftersales.services.instant import set_instant_rule
from tenants.inventory.models import Stock
from tenants.journal.services import Actor
from tenants.orders.models import Order
from tenants.payments.models import Refund
from tests.api.conftest import Shop
from tests.api.description import PREFIX
from tests.api.phone import Phone, signed_in
from tests.factories.aftersales import a_jpeg, fetched
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, line_id_of
from tests.factories.times import NOW

BOSS = Actor(kind="person", id="1", name="陈店长")


@pytest.fixture
def order(shop: Shop) -> Order:
    with in_store(shop.ref):
        return fetched(a_paid_order(shop.item, quantity=2, member=shop.member, point=shop.point))


@pytest.fixture
def words(shop: Shop, order: Order) -> dict[str, Any]:
    with in_store(shop.ref):
        line_id = str(line_id_of(order))
    return {"line_id": line_id, "reason": "short", "remedy": "refund", "quantity": 1, "words": "少了一份"}


def uploaded(phone: Phone, content: bytes) -> Any:
    return phone.client.post(
        f"{PREFIX}/after-sales/photos",
        {"photo": SimpleUploadedFile("a.jpg", content, "image/jpeg")},
        headers={"authorization": f"Bearer {phone.token}"},
    )


class TestMember:
    def test_from_the_picture_to_the_appeal(self, shop: Shop, order: Order, words: dict[str, Any]) -> None:
        photo = uploaded(shop.phone, a_jpeg())
        assert photo.status_code == 201
        told = {**words, "reason": "spoilt", "photo_ids": [photo.json()["id"]]}
        key = str(uuid4())

        made, again = (shop.phone.post("/after-sales", told, key=key) for _tap in range(2))

        assert (made.status_code, made.json()["id"]) == (201, again.json()["id"])
        assert (made.json()["state"], made.json()["amount"]["amount"]) == ("leader_review", 1290)
        [shown] = made.json()["photos"]
        assert shop.stranger.client.get(shown["url"])["Content-Type"] == "image/webp"
        assert shop.stranger.client.get(shown["url"][:-1] + "x").status_code == 404

        overview = shop.phone.get(f"/orders/{order.pk}/after-sales").json()
        assert (overview["can_ask"], overview["left"][0]["quantity"]) == (True, 1)
        assert [one["id"] for one in overview["items"]] == [made.json()["id"]]
        with in_store(shop.ref):
            reject(after_sale_id=made.json()["id"], answer="看不清", actor=BOSS, now=NOW)
        assert shop.phone.get(f"/after-sales/{made.json()['id']}").json()["can_appeal"]
        where = f"/after-sales/{made.json()['id']}/appeal"
        assert shop.phone.post(where, {"words": ""}).json()["code"] == "after_sale_appeal_needed"
        appealed = shop.phone.post(where, {"words": "再看看第二张"}).json()
        assert (appealed["state"], appealed["timeline"][-1]["sentence"]) == ("appealed", "顾客申诉：再看看第二张")
        assert shop.phone.post(where, {"words": "又来"}).status_code == 409

    def test_takes_it_back(self, shop: Shop, words: dict[str, Any]) -> None:
        made = shop.phone.post("/after-sales", words).json()
        where = f"/after-sales/{made['id']}/withdrawal"
        assert shop.phone.post(where).json()["state"] == "withdrawn"
        assert shop.phone.post(where).status_code == 409
        assert [one["state"] for one in shop.phone.get("/after-sales").json()["items"]] == ["withdrawn"]

    def test_gets_a_small_amount_at_once(self, shop: Shop, words: dict[str, Any]) -> None:
        with in_store(shop.ref):
            set_instant_rule(
                most_minor=2000, member_month_minor=2000, leader_month_minor=2000, by_name="陈店长", now=NOW
            )
        photo = uploaded(shop.phone, a_jpeg()).json()["id"]
        made = shop.phone.post("/after-sales", {**words, "reason": "damaged", "photo_ids": [photo]}).json()
        assert made["state"] == "refunding"
        with in_store(shop.ref):
            assert Refund.objects.get().amount_minor == 1290

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"quantity": 0}, 400, "invalid"),
            ({"quantity": -1}, 400, "invalid"),
            ({"quantity": 1.5}, 400, "invalid"),
            ({"quantity": 3}, 409, "after_sale_more_than_left"),
            ({"quantity": 10**30}, 400, "invalid"),
            ({"amount": {"amount": 0, "currency": "CNY"}}, 422, "after_sale_nothing"),
            ({"amount": {"amount": 1291, "currency": "CNY"}}, 409, "after_sale_more_than_left"),
            ({"amount": {"amount": 1, "currency": "USD"}}, 400, "invalid"),
            ({"reason": "spoilt"}, 422, "after_sale_photo_needed"),
            ({"reason": "no such"}, 400, "invalid"),
            ({"line_id": str(new_id())}, 404, "after_sale_line_missing"),
            ({"photo_ids": [str(new_id())]}, 404, "after_sale_photo_missing"),
            ({"strange": 1}, 400, "invalid"),
        ],
    )
    def test_is_told_what_is_wrong(
        self, shop: Shop, words: dict[str, Any], change: dict[str, Any], status: int, code: str
    ) -> None:
        answer = shop.phone.post("/after-sales", {**words, **change})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        with in_store(shop.ref):
            assert not AfterSale.objects.exists()

    def test_sends_no_lies_for_a_picture(self, shop: Shop) -> None:
        assert uploaded(shop.phone, b"GIF89a").json()["code"] == "not_a_picture"
        assert uploaded(shop.phone, b"x" * (10 * 1024 * 1024 + 1)).json()["code"] == "picture_too_large"
        assert uploaded(shop.stranger, a_jpeg()).status_code == 401

    def test_sees_and_touches_nobody_elses(self, shop: Shop, order: Order, words: dict[str, Any]) -> None:
        made = shop.phone.post("/after-sales", words).json()["id"]
        with in_store(shop.ref):
            neighbour = signed_in(shop.ref, a_member())
        assert neighbour.get(f"/after-sales/{made}").status_code == 404
        assert neighbour.get(f"/orders/{order.pk}/after-sales").status_code == 404
        assert neighbour.post(f"/after-sales/{made}/withdrawal").status_code == 404
        assert neighbour.post(f"/after-sales/{made}/appeal", {"words": "x"}).status_code == 404
        assert neighbour.post("/after-sales", words).status_code == 404
        assert neighbour.get("/after-sales").json()["items"] == []
        for path in ("/after-sales", f"/after-sales/{made}"):
            assert shop.stranger.get(path).status_code == 401


class TestLeader:
    def test_judges_and_takes_goods_back(self, shop: Shop, words: dict[str, Any]) -> None:
        made = shop.phone.post("/after-sales", {**words, "reason": "unwanted", "remedy": "return"}).json()["id"]
        [waiting] = shop.leader_phone.get("/leader/after-sales?state=waiting").json()["items"]
        assert (waiting["id"], waiting["todo"]) == (made, "opinion")
        assert waiting["member"]["phone_last4"] == shop.member.phone[-4:]
        where = f"/leader/after-sales/{made}"

        judged = shop.leader_phone.post(f"{where}/opinion", {"agrees": True, "words": "没拆"}).json()
        assert (judged["state"], judged["todo"], judged["leader_words"]) == ("store_review", None, "没拆")
        assert shop.leader_phone.post(f"{where}/opinion", {"agrees": False}).status_code == 409
        with in_store(shop.ref):
            before = Stock.objects.get().on_hand
            approve(after_sale_id=made, decision=Decision(Remedy.RETURN), actor=BOSS, now=NOW)
        assert shop.leader_phone.get(where).json()["todo"] == "take_back"
        assert shop.leader_phone.post(f"{where}/return", {"is_unopened": True}).json()["state"] == "refunding"
        assert shop.leader_phone.post(f"{where}/return", {"is_unopened": True}).status_code == 409
        with in_store(shop.ref):
            assert (Stock.objects.get().on_hand, Refund.objects.count()) == (before + 1, 1)
        assert shop.leader_phone.get("/leader/after-sales?state=done").json()["items"][0]["id"] == made

    def test_asks_for_a_member_and_exchanges(self, shop: Shop, words: dict[str, Any]) -> None:
        made = shop.leader_phone.post("/leader/after-sales", {**words, "remedy": "replace"}).json()
        assert (made["state"], made["timeline"][0]["sentence"]) == ("store_review", "李姐 代顾客提交售后申请")
        with in_store(shop.ref):
            approve(after_sale_id=made["id"], decision=Decision(Remedy.REPLACE), actor=BOSS, now=NOW)
        where = f"/leader/after-sales/{made['id']}/replacement"
        assert shop.leader_phone.post(where).json()["state"] == "done"
        assert shop.phone.get(f"/after-sales/{made['id']}").json()["state"] == "done"

    def test_is_the_members_own_and_no_other(self, shop: Shop, words: dict[str, Any]) -> None:
        made = shop.phone.post("/after-sales", words).json()["id"]
        with in_store(shop.ref):
            other = signed_in(shop.ref, a_leader_with_point(name="赵姐").leader.member)
        where = f"/leader/after-sales/{made}"
        assert other.get("/leader/after-sales").json()["items"] == []
        assert other.get(where).status_code == 404
        for what, body in (("opinion", {"agrees": True}), ("return", {"is_unopened": True}), ("replacement", None)):
            assert other.post(f"{where}/{what}", body).status_code == 404
            assert shop.phone.post(f"{where}/{what}", body).status_code == 403
        assert other.post("/leader/after-sales", words).status_code == 404
