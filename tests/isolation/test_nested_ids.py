"""T15: an id inside a body or a filter is looked up as strictly as one in the path.

Two kinds of strangers: another store, whose rows another schema holds, and another member or leader of the same store,
whom only the selectors keep apart.
"""

from typing import Any
from uuid import UUID

import pytest

from kit import clock
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.fulfilment import selectors as visits
from tenants.fulfilment.models import Pickup
from tests.api.conftest import Shop, open_shop
from tests.api.phone import Phone, signed_in
from tests.factories.leaders import a_leader_with_point
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order, a_pending_order
from tests.factories.times import NOW, later


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def shop(acme: StoreRef) -> Shop:
    return open_shop(acme)


@pytest.fixture
def neighbour(rival: StoreRef) -> Shop:
    return open_shop(rival)


def _same(one: Any, other: Any, *ids: object) -> None:
    """Two answers differ in nothing but the ids that were asked for and the request's own."""
    texts = []
    for answer in (one, other):
        text = answer.content.decode().replace(str(answer.json().get("request_id")), "ID")
        for each in ids:
            text = text.replace(str(each), "ID")
        texts.append((answer.status_code, text))
    assert texts[0] == texts[1]


class TestAnotherStoresIds:
    @pytest.mark.parametrize("place", ["campaign_item_id", "pickup_point_id"])
    def test_in_an_order_are_as_unknown_as_nobodys(self, shop: Shop, neighbour: Shop, place: str) -> None:
        theirs = neighbour.item.pk if place == "campaign_item_id" else neighbour.point.pk
        nobodys = new_id()

        foreign, absent = (shop.phone.post("/orders", self._order(shop, place, each)) for each in (theirs, nobodys))

        assert foreign.status_code == 409
        _same(foreign, absent, theirs, nobodys)
        assert shop.phone.post("/orders", shop.order_words()).status_code == 201  # at home the same words work

    def test_in_a_quote_and_in_a_filter_tell_nothing(self, shop: Shop, neighbour: Shop) -> None:
        theirs, nobodys = neighbour.item.pk, new_id()
        quotes = [
            shop.phone.post(
                "/quotes", {"lines": [{"campaign_item_id": str(each), "quantity": 1}], "pickup_point_id": None}
            )
            for each in (theirs, nobodys)
        ]
        _same(*quotes, theirs, nobodys)
        lists = [shop.phone.get(f"/campaigns?pickup_point_id={each}") for each in (neighbour.point.pk, nobodys)]
        _same(*lists, neighbour.point.pk, nobodys)

    def _order(self, shop: Shop, place: str, each: UUID) -> dict[str, object]:
        if place == "pickup_point_id":
            return shop.order_words(pickup_point_id=str(each))
        return shop.order_words(lines=[{"campaign_item_id": str(each), "quantity": 1}])


class TestAnotherMembersIds:
    def test_orders_payments_and_cancellations_are_not_there(self, shop: Shop) -> None:
        with in_store(shop.ref):
            theirs = a_pending_order(member=a_member(nickname="MARK-theirs"))
        asks: list[tuple[str, str, Any]] = [
            ("GET", "", None),
            ("POST", "/payments", {"method": "sandbox"}),
            ("POST", "/cancellation", {"reason": ""}),
        ]
        for method, what, words in asks:
            nobodys, key = new_id(), str(new_id())
            foreign = shop.phone.ask(method, f"/orders/{theirs.pk}{what}", words, idempotency_key=key)
            absent = shop.phone.ask(method, f"/orders/{nobodys}{what}", words, idempotency_key=f"{key}2")
            assert foreign.status_code == 404
            _same(foreign, absent, theirs.pk, nobodys)
            assert "MARK" not in foreign.content.decode()


class TestAnotherLeadersIds:
    @pytest.fixture
    def visit(self, shop: Shop) -> Pickup:
        with in_store(shop.ref):
            order = a_paid_order(member=shop.member, point=shop.point)
            return Pickup.objects.get(member=order.member)

    @pytest.fixture
    def other(self, shop: Shop) -> Phone:
        with in_store(shop.ref):
            return signed_in(shop.ref, a_leader_with_point(name="赵姐", point="碧水湾").leader.member)

    def test_visits_lines_and_points_are_not_there(self, shop: Shop, visit: Pickup, other: Phone) -> None:
        with clock.at(later(days=1)):
            line = shop.leader_phone.get(f"/leader/pickups/{visit.pk}").json()["lines"][0]["id"]
            ticked = {"lines": [{"line_id": line, "quantity": 1}]}
            assert other.get(f"/leader/pickups/{visit.pk}").status_code == 404
            assert other.post(f"/leader/pickups/{visit.pk}/handovers", ticked).status_code == 404
            assert other.get(f"/leader/pickups?pickup_point_id={shop.point.pk}").json()["items"] == []
            # his own hand takes the same words
            assert shop.leader_phone.post(f"/leader/pickups/{visit.pk}/handovers", ticked).status_code == 201

    def test_a_line_of_another_visit_is_not_handed_out(self, shop: Shop, visit: Pickup) -> None:
        with in_store(shop.ref):
            elsewhere = a_paid_order(member=a_member(), point=shop.point)
            line = elsewhere.lines.get()
        with clock.at(later(days=1)):
            words = {"lines": [{"line_id": str(line.pk), "quantity": 1}]}
            assert shop.leader_phone.post(f"/leader/pickups/{visit.pk}/handovers", words).status_code in (404, 409, 422)
        with in_store(shop.ref):
            line.refresh_from_db()
            assert line.handed_quantity == 0

    def test_without_the_selectors_word_for_it_the_visit_would_be_seen(
        self, shop: Shop, visit: Pickup, other: Phone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = visits.pickup_of_leader

        def anybodys(*, leader: object, pickup_id: UUID) -> visits.Visit:
            return theirs(leader=Pickup.objects.get(pk=pickup_id).leader, pickup_id=pickup_id)

        monkeypatch.setattr("api.store.pickups.pickup_of_leader", anybodys)
        with clock.at(later(days=1)):
            assert other.get(f"/leader/pickups/{visit.pk}").status_code == 200  # the mutant
