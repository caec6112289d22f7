"""A leader's way through the desk: who comes, handing out, taking back, and what it earns."""

from typing import Any

import pytest

from kit import clock
from kit.tenancy import in_store
from tenants.leaders.models import Leader, LeaderState
from tenants.orders.models import Order
from tenants.sales.services.unclaimed import look_for_unclaimed
from tenants.tracing.models import Recall, RecalledLine
from tests.api.conftest import Shop
from tests.api.phone import signed_in
from tests.factories.leaders import a_leader_with_point, a_point_of
from tests.factories.orders import a_paid_order, line_id_of, the_visit_of
from tests.factories.times import NOW, later

PICKUP_DAY = later(hours=29)  # five in the afternoon of the day after


@pytest.fixture
def order(shop: Shop) -> Order:
    """Two of one thing, paid, to be fetched tomorrow."""
    with in_store(shop.ref):
        return a_paid_order(shop.item, quantity=2, member=shop.member, point=shop.point)


@pytest.fixture
def ticked(shop: Shop, order: Order) -> dict[str, Any]:
    """Everything ticked."""
    with in_store(shop.ref):
        return {"lines": [{"line_id": str(line_id_of(order)), "quantity": 2}]}


@pytest.fixture
def visit(shop: Shop, order: Order) -> str:
    with in_store(shop.ref):
        return str(the_visit_of(order).pk)


class TestTheWholePath:
    def test_from_the_desk_to_the_commission(self, shop: Shop, order: Order, ticked: dict[str, Any]) -> None:
        leader = shop.leader_phone
        with clock.at(PICKUP_DAY):
            desk = leader.get("/leader/desk").json()
            assert (desk["date"], desk["people_waiting"], desk["pieces_waiting"]) == ("2026-11-21", 1, 2)
            assert desk["pickup_points"] == [{"id": str(shop.point.pk), "name": "阳光花园"}]

            [coming] = leader.get("/leader/pickups?state=waiting").json()["items"]
            assert coming["member"] == {"nickname": "王阿姨", "phone_last4": shop.member.phone[-4:]}
            assert (coming["line_count"], coming["pieces"], coming["state"]) == (1, 2, "waiting")

            with in_store(shop.ref):
                code = the_visit_of(order).code
            for query in (f"code={code}", f"q={shop.member.phone[-4:]}", "q=王阿姨"):
                [found] = leader.get(f"/leader/pickups?{query}").json()["items"]
                assert found["id"] == coming["id"]

            detail = leader.get(f"/leader/pickups/{coming['id']}").json()
            assert [line["handed_quantity"] for line in detail["lines"]] == [0]

            taken = leader.post(f"/leader/pickups/{coming['id']}/handovers", ticked)
            assert taken.status_code == 201
            assert (taken.json()["state"], taken.json()["taken_by"]) == ("taken", "李姐")
            assert taken.json()["taken_at"] == "2026-11-21T17:00:00+08:00"
            assert taken.json()["handovers"][0]["can_reverse_until"] == "2026-11-21T17:10:00+08:00"

            again = leader.post(f"/leader/pickups/{coming['id']}/handovers", ticked)
            assert (again.status_code, again.json()["code"], again.json()["taken_by"]) == (409, "already_taken", "李姐")

            earned = leader.get("/leader/commissions").json()
            assert {entry["order_number"] for entry in earned["items"]} <= {order.number}
            assert leader.get("/leader/desk").json()["people_done"] == 1
        assert shop.phone.get(f"/orders/{order.pk}").json()["state"] == "picked_up"


class TestHandovers:
    def test_takes_a_part(self, shop: Shop, visit: str, ticked: dict[str, Any]) -> None:
        ticked["lines"][0]["quantity"] = 1

        with clock.at(PICKUP_DAY):
            partly = shop.leader_phone.post(f"/leader/pickups/{visit}/handovers", ticked).json()

        assert (partly["state"], partly["taken_at"], partly["lines"][0]["handed_quantity"]) == ("partly_taken", None, 1)

    def test_refuses_more_than_is_left(self, shop: Shop, visit: str, ticked: dict[str, Any]) -> None:
        ticked["lines"][0]["quantity"] = 3

        refusal = shop.leader_phone.post(f"/leader/pickups/{visit}/handovers", ticked)

        assert (refusal.status_code, refusal.json()["code"], refusal.json()["left"]) == (409, "too_much", 2)

    def test_can_be_taken_back_within_ten_minutes(self, shop: Shop, visit: str, ticked: dict[str, Any]) -> None:
        with clock.at(PICKUP_DAY):
            taken = shop.leader_phone.post(f"/leader/pickups/{visit}/handovers", ticked).json()
            handover = taken["handovers"][0]["id"]
            back = shop.leader_phone.post(f"/leader/handovers/{handover}/reversal", {"reason": "点错人了"})

            assert (back.status_code, back.json()["state"]) == (201, "waiting")
            assert back.json()["handovers"][0]["can_reverse_until"] is None
            again = shop.leader_phone.post(f"/leader/handovers/{handover}/reversal", {"reason": "点错人了"})
            assert (again.status_code, again.json()["code"]) == (409, "already_reversed")

    def test_stands_after_ten_minutes(self, shop: Shop, visit: str, ticked: dict[str, Any]) -> None:
        with clock.at(PICKUP_DAY):
            taken = shop.leader_phone.post(f"/leader/pickups/{visit}/handovers", ticked).json()
        handover = taken["handovers"][0]["id"]

        with clock.at(later(hours=29, minutes=11)):
            refusal = shop.leader_phone.post(f"/leader/handovers/{handover}/reversal", {"reason": "点错人了"})
            shown = shop.leader_phone.get(f"/leader/pickups/{visit}").json()

        assert (refusal.status_code, refusal.json()["code"]) == (409, "too_late_to_reverse")
        assert shown["handovers"][0]["can_reverse_until"] is None

    def test_says_where_the_goods_lie(self, shop: Shop, order: Order) -> None:
        with in_store(shop.ref):
            other = a_point_of(shop.point.leader, name="绿地新村")
            code = the_visit_of(order).code

        with clock.at(PICKUP_DAY):
            refusal = shop.leader_phone.get(f"/leader/pickups?code={code}&pickup_point_id={other.pk}")

        assert (refusal.status_code, refusal.json()["code"]) == (409, "wrong_pickup_point")
        assert refusal.json()["pickup_point"]["name"] == "阳光花园"


class TestRecalls:
    def test_are_said_before_goods_are_handed_out(
        self, shop: Shop, order: Order, visit: str, ticked: dict[str, Any]
    ) -> None:
        assert shop.leader_phone.get(f"/leader/pickups/{visit}").json()["lines"][0]["stopped"] is None
        with in_store(shop.ref):
            recall = Recall.objects.create(title="农残超标", reason="抽检", started_at=NOW, started_by="老板")
            RecalledLine.objects.create(recall=recall, order_line=order.lines.get(), quantity=1)

        (line,) = shop.leader_phone.get(f"/leader/pickups/{visit}").json()["lines"]
        notices = shop.leader_phone.get(f"/leader/desk?date={order.pickup_date}").json()["notices"]
        refused = shop.leader_phone.post(f"/leader/pickups/{visit}/handovers", ticked)

        assert line["stopped"] == {"quantity": 1, "sentence": "1 份正在召回（农残超标），请不要交给顾客"}
        assert "正在召回" in notices[0]
        assert (refused.status_code, refused.json()["code"]) == (409, "called_back")


class TestWhoMayCome:
    @pytest.mark.parametrize("path", ["/leader/desk", "/leader/pickups", "/leader/commissions"])
    def test_turns_away_members_and_strangers(self, shop: Shop, path: str) -> None:
        assert shop.phone.get(path).status_code == 403
        assert shop.phone.get(path).json()["code"] == "not_a_leader"
        assert shop.stranger.get(path).status_code == 401

    def test_turns_away_a_leader_who_left(self, shop: Shop) -> None:
        with in_store(shop.ref):
            Leader.objects.update(state=LeaderState.RETIRED)

        assert shop.leader_phone.get("/leader/desk").status_code == 403

    def test_shows_another_leaders_visits_to_nobody(self, shop: Shop, visit: str, ticked: dict[str, Any]) -> None:
        with in_store(shop.ref):
            other = signed_in(shop.ref, a_leader_with_point(name="赵姐", point="碧水湾").leader.member)

        with clock.at(PICKUP_DAY):
            assert other.get("/leader/pickups").json()["items"] == []
            foreign = other.get(f"/leader/pickups/{visit}")
            absent = other.get("/leader/pickups/019a8f2e-7c00-7000-8000-0000000000ff")
            assert foreign.status_code == 404
            assert {**foreign.json(), "request_id": ""} == {**absent.json(), "request_id": ""}
            assert other.post(f"/leader/pickups/{visit}/handovers", ticked).status_code == 404

    def test_tells_a_resting_leader_so(self, shop: Shop) -> None:
        with in_store(shop.ref):
            Leader.objects.update(state=LeaderState.RESTING, resting_note="回老家几天")

        assert len(shop.leader_phone.get("/leader/desk").json()["notices"]) == 1
        point = shop.stranger.get("/pickup-points").json()["items"][0]
        assert (point["is_open"], point["resting_note"]) == (False, "回老家几天")


class TestUnclaimed:
    def test_goods_of_a_day_that_is_over_are_listed_until_fetched(
        self, shop: Shop, order: Order, visit: str, ticked: dict[str, Any]
    ) -> None:
        assert shop.leader_phone.get("/leader/unclaimed").json() == {"items": [], "next": None}
        with in_store(shop.ref):
            look_for_unclaimed(now=later(days=2, hours=9))

        (row,) = shop.leader_phone.get("/leader/unclaimed").json()["items"]
        assert (row["pickup_id"], row["state"], row["state_label"]) == (visit, "reminded", "已提醒")
        assert row["goods"] == [{"title": "洛川苹果", "sku_label": order_label(shop, order), "quantity": 2}]
        assert shop.leader_phone.get("/leader/desk").json()["unclaimed"] == 1
        assert shop.phone.get("/leader/unclaimed").status_code == 403
        sentences = [one["what"] for one in shop.phone.get(f"/orders/{order.pk}").json()["timeline"]]
        assert sentences[-1] == "order.unclaimed"

        shop.leader_phone.post(f"/leader/pickups/{visit}/handovers", ticked)
        with in_store(shop.ref):
            look_for_unclaimed(now=later(days=2, hours=10))
        assert shop.leader_phone.get("/leader/unclaimed").json()["items"] == []


def order_label(shop: Shop, order: Order) -> str:
    with in_store(shop.ref):
        return order.lines.get().sku_label
