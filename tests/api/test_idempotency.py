"""The same key is one effect and one answer."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from api import idempotency
from api.store import orders as orders_door
from kit import clock
from kit.errors import Kind, Refused
from kit.tenancy import in_store
from tenants.fulfilment.models import Handover
from tenants.inventory.models import Stock
from tenants.journal.answers import purge_answers
from tenants.journal.models import GivenAnswer
from tenants.orders.models import Order
from tenants.payments.models import Payment
from tests.api.conftest import Shop, open_shop
from tests.api.phone import signed_in
from tests.database import copy_of_template, drop_database
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW, later
from tests.stores import store_ref

KEY = "b1946ac92492d2347c6235b4d2611184"


class TestReplay:
    def test_is_equal_to_the_byte(self, shop: Shop) -> None:
        first = shop.phone.post("/orders", shop.order_words(), key=KEY)
        with clock.at(later(hours=1)):
            again = shop.phone.post("/orders", shop.order_words(), key=KEY)

        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Content-Type"] == first.headers["Content-Type"]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        with in_store(shop.ref):
            assert Order.objects.count() == 1
            assert Stock.objects.get(sku=shop.item.sku_id).reserved == 1

    def test_knows_the_same_words_in_another_order(self, shop: Shop) -> None:
        words = shop.order_words()
        first = shop.phone.post("/orders", words, key=KEY)

        again = shop.phone.post("/orders", dict(reversed(words.items())), key=KEY)

        assert again.content == first.content

    def test_repeats_a_refusal_too(self, shop: Shop) -> None:
        first = shop.phone.post("/orders", shop.order_words(quantity=101), key=KEY)
        with in_store(shop.ref):
            Stock.objects.update(on_hand=500)

        again = shop.phone.post("/orders", shop.order_words(quantity=101), key=KEY)

        assert first.status_code == 409
        assert (again.status_code, again.content) == (409, first.content)
        assert again.headers["Content-Type"] == "application/problem+json"

    def test_keeps_no_answer_to_words_it_could_not_read(self, shop: Shop) -> None:
        wrong = shop.phone.post("/orders", shop.order_words(contact={}), key=KEY)
        right = shop.phone.post("/orders", shop.order_words(), key=KEY)

        assert (wrong.status_code, right.status_code) == (400, 201)

    def test_keeps_no_answer_that_says_later(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        class Later(Refused):
            code, kind, sentence = "busy", Kind.TOO_MANY, "请稍后再试。"

        def refuse(**_words: Any) -> Order:
            raise Later(retry_after_seconds=3)

        with monkeypatch.context() as crowd:
            crowd.setattr(orders_door, "place_order", refuse)
            crowd.setattr("tests.api.phone.refuse_undescribed", lambda *_answer: None)  # no order is told so today
            busy = shop.phone.post("/orders", shop.order_words(), key=KEY)
        taken = shop.phone.post("/orders", shop.order_words(), key=KEY)

        assert (busy.status_code, busy.headers["Retry-After"], busy.json()["code"]) == (429, "3", "busy")
        assert busy.headers["Content-Type"] == "application/problem+json"
        assert taken.status_code == 201

    def test_pays_once(self, shop: Shop) -> None:
        order = shop.phone.post("/orders", shop.order_words()).json()
        answers = {
            shop.phone.post(f"/orders/{order['id']}/payments", {"method": "sandbox"}, key=KEY).content for _ in range(3)
        }

        assert len(answers) == 1
        with in_store(shop.ref):
            assert Payment.objects.count() == 1

    def test_hands_over_once(self, shop: Shop) -> None:
        with in_store(shop.ref):
            order = a_paid_order(shop.item, quantity=3, member=shop.member, point=shop.point)
            ticked = {"lines": [{"line_id": str(line_id_of(order)), "quantity": 1}]}
            visit = the_visit_of(order).pk

        answers = {
            shop.leader_phone.post(f"/leader/pickups/{visit}/handovers", ticked, key=KEY).content for _ in range(3)
        }

        assert len(answers) == 1
        with in_store(shop.ref):
            assert Handover.objects.count() == 1
            assert order.lines.get().handed_quantity == 1


class TestRefusals:
    def test_another_request_with_the_key(self, shop: Shop) -> None:
        order = shop.phone.post("/orders", shop.order_words(), key=KEY).json()

        for path, words in (
            ("/orders", shop.order_words(quantity=2)),
            (f"/orders/{order['id']}/payments", {"method": "sandbox"}),
        ):
            refusal = shop.phone.post(path, words, key=KEY)
            assert (refusal.status_code, refusal.json()["code"]) == (422, "idempotency_mismatch")

    def test_one_members_key_means_nothing_of_anothers(self, shop: Shop) -> None:
        with in_store(shop.ref):
            neighbour = signed_in(shop.ref, a_member())

        first = shop.phone.post("/orders", shop.order_words(), key=KEY).json()
        other = neighbour.post("/orders", shop.order_words(quantity=2), key=KEY)

        assert other.status_code == 201
        assert other.json()["id"] != first["id"]

    @pytest.mark.parametrize("key", ["", "x" * 256, "mit leerzeichen", "钥匙"])
    def test_a_key_that_is_none(self, shop: Shop, key: str) -> None:
        refusal = shop.phone.post("/orders", shop.order_words(), key=key)

        assert (refusal.status_code, list(refusal.json()["errors"])) == (400, ["Idempotency-Key"])

    def test_a_stranger_before_anything_is_kept(self, shop: Shop) -> None:
        assert shop.stranger.post("/orders", shop.order_words(), key=KEY).status_code == 401
        with in_store(shop.ref):
            assert not GivenAnswer.objects.exists()


class TestCrashes:
    def test_between_effect_and_answer_gives_the_order_that_was_placed(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The process dies after the order is committed: the claim stays, without an answer.
        with monkeypatch.context() as dying:
            dying.setattr(idempotency, "keep_answer", lambda **_words: None)
            placed = shop.phone.post("/orders", shop.order_words(), key=KEY).json()

        at_once = shop.phone.post("/orders", shop.order_words(), key=KEY)
        with clock.at(later(seconds=61)):
            found = shop.phone.post("/orders", shop.order_words(), key=KEY)

        assert (at_once.status_code, at_once.json()["code"]) == (409, "idempotency_in_progress")
        assert (found.status_code, found.json()["id"]) == (201, placed["id"])
        with in_store(shop.ref):
            assert Order.objects.count() == 1

    def test_between_handing_over_and_answer_hands_over_once(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        with in_store(shop.ref):
            order = a_paid_order(shop.item, quantity=3, member=shop.member, point=shop.point)
            ticked = {"lines": [{"line_id": str(line_id_of(order)), "quantity": 1}]}
            path = f"/leader/pickups/{the_visit_of(order).pk}/handovers"

        with monkeypatch.context() as dying:
            dying.setattr(idempotency, "keep_answer", lambda **_words: None)
            shop.leader_phone.post(path, ticked, key=KEY)
        with clock.at(later(seconds=61)):
            found = shop.leader_phone.post(path, ticked, key=KEY)

        assert (found.status_code, found.json()["lines"][0]["handed_quantity"]) == (201, 1)
        with in_store(shop.ref):
            assert Handover.objects.count() == 1

    def test_of_ours_are_tried_again_with_the_same_key(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as failing:

            def fail(*_args: Any, **_words: Any) -> None:
                raise RuntimeError("no answer could be written")

            failing.setattr(orders_door, "order_shapes", fail)
            broken = shop.phone.post("/orders", shop.order_words(), key=KEY)
        again = shop.phone.post("/orders", shop.order_words(), key=KEY)

        assert (broken.status_code, again.status_code) == (500, 201)
        with in_store(shop.ref):
            assert Order.objects.count() == 1


class TestPurge:
    def test_forgets_after_a_week(self, shop: Shop) -> None:
        shop.phone.post("/orders", shop.order_words(), key=KEY)

        with in_store(shop.ref):
            assert purge_answers(now=NOW + timedelta(days=7)) == 0
            assert purge_answers(now=NOW + timedelta(days=7, seconds=1)) == 1


@pytest.fixture
def committed_shop(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Shop]:
    """A shop in a database of its own, where threads see what others commit."""
    home = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        url = copy_of_template(worker="race_keys")
        try:
            yield open_shop(store_ref("acme"), in_stock=5)
        finally:
            drop_database(url)
            connection.settings_dict.update(home)
            settings.DATABASES["default"].update({name: home[name] for name in ("HOST", "PORT", "USER", "NAME")})


class TestAtTheSameTime:
    def test_one_of_many_does_it_and_the_others_are_told(self, committed_shop: Shop) -> None:
        shop, together = committed_shop, threading.Barrier(8)

        def press(_finger: int) -> tuple[int, bytes]:
            together.wait()
            with clock.at(NOW):
                answer = shop.phone.post("/orders", shop.order_words(), key=KEY)
            connection.close()
            return answer.status_code, answer.content

        with ThreadPoolExecutor(8) as fingers:
            answers = list(fingers.map(press, range(8)))

        placed = {body for status, body in answers if status == 201}
        assert len(placed) == 1
        assert {status for status, _body in answers} <= {201, 409}
        assert {json.loads(body)["code"] for status, body in answers if status == 409} <= {"idempotency_in_progress"}
        with in_store(shop.ref):
            assert Order.objects.count() == 1
            assert Stock.objects.get(sku=shop.item.sku_id).reserved == 1
