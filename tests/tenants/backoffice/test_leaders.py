"""Leaders and their points, through the pages."""

from typing import Any

import pytest
from django.test import Client

from control.merchants.models import Merchant
from control.people.models import Person
from kit.tenancy import StoreRef, in_control, in_store
from tenants.leaders.models import Leader, PickupPoint
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.shelf import a_campaign, a_leader, a_point, an_order

TYPED = {
    "name": "李姐",
    "phone": "138 1234 5678",
    "point_name": "绿城一期",
    "city": "上海",
    "district": "浦东新区",
    "address": "锦绣路 100 弄",
    "opening_hours": "16:00–20:30",
    "latitude": "31.230400",
    "longitude": "121.473700",
    "is_open": "on",
}


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


class TestAdd:
    def test_adds_leader_and_point_together(self, acme: StoreRef, desk: Client) -> None:
        answer = desk.post("/backoffice/leaders/new", TYPED)

        with in_store(acme):
            leader = Leader.objects.get()
            point = PickupPoint.objects.get()
        assert answer["Location"] == f"/backoffice/leaders/{leader.pk}"
        assert (leader.phone, point.leader_id, point.name, str(point.latitude)) == (
            "13812345678",
            leader.pk,
            "绿城一期",
            "31.230400",
        )

    def test_answers_a_drawer_with_the_page_to_go_to(self, acme: StoreRef, desk: Client) -> None:
        answer = desk.post("/backoffice/leaders/new", TYPED, headers={"HX-Request": "true"})

        assert answer["HX-Redirect"].startswith("/backoffice/leaders/")

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("name", "", "请填写团长姓名。"),
            ("phone", "12345", "请填写正确的手机号。"),
            ("point_name", "", "请填写自提点名称。"),
            ("latitude", "", "请在地图上点选位置。"),
            ("latitude", "99", "请在地图上点选自提点的位置。"),
            ("longitude", "abc", "请填写数字。"),
        ],
    )
    def test_says_what_is_wrong_and_loses_nothing(
        self, acme: StoreRef, desk: Client, field: str, value: str, sentence: str
    ) -> None:
        answer = desk.post("/backoffice/leaders/new", {**TYPED, field: value})

        assert answer.status_code == 422
        assert sentence in page_of(answer)
        for kept in {"name", "phone", "address", "city"} - {field}:
            assert f'value="{TYPED[kept]}"' in page_of(answer)
        with in_store(acme):
            assert not Leader.objects.exists()

    def test_says_who_is_a_leader_already(self, desk: Client) -> None:
        desk.post("/backoffice/leaders/new", TYPED)

        answer = desk.post("/backoffice/leaders/new", TYPED)

        assert "已经是本店团长" in page_of(answer)

    def test_shows_the_way_up_when_the_plan_is_full(self, acme: StoreRef, desk: Client) -> None:
        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(limits={"leaders": 1})
        desk.post("/backoffice/leaders/new", TYPED)

        for answer in (
            desk.get("/backoffice/leaders/new"),
            desk.post("/backoffice/leaders/new", {**TYPED, "phone": "13900000001"}),
        ):
            assert answer.status_code == 402
            assert "/backoffice/account/" in page_of(answer)
        with in_store(acme):
            assert Leader.objects.count() == 1


class TestDetail:
    def test_shows_points_orders_and_money(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            point = a_point()
            order = an_order(item=a_campaign().items.get(), point=point)

        page = page_of(desk.get(f"/backoffice/leaders/{point.leader_id}"))

        for word in (point.name, order.number, "¥19.80", "李姐"):
            assert word in page

    def test_lets_a_leader_rest_and_sell_again(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            leader = a_leader()
        here = f"/backoffice/leaders/{leader.pk}"

        assert "回老家" in page_of(desk.post(f"{here}/rest", {"note": "回老家"}, follow=True))
        assert "休息中" in page_of(desk.get("/backoffice/leaders?state=resting"))
        assert "已恢复接单" in page_of(desk.post(f"{here}/resume", follow=True))

    def test_adds_and_edits_a_point(self, acme: StoreRef, desk: Client) -> None:
        with in_store(acme):
            leader = a_leader()
        desk.post(f"/backoffice/leaders/{leader.pk}/points/new", TYPED)
        with in_store(acme):
            point = PickupPoint.objects.get()

        closed = {name: value for name, value in TYPED.items() if name != "is_open"}
        desk.post(f"/backoffice/leaders/points/{point.pk}", {**closed, "point_name": "绿城二期"})

        with in_store(acme):
            point.refresh_from_db()
        assert (point.name, point.is_open) == ("绿城二期", False)


class TestList:
    def test_asks_as_much_for_many_as_for_one(self, acme: StoreRef, desk: Client) -> None:
        counts = []
        for _more in range(2):
            with in_store(acme):
                for _leader in range(8):
                    a_point()
            counts.append(statements_of(desk, "/backoffice/leaders"))

        assert counts[0] == counts[1] <= 12

    def test_is_read_by_clerks_who_may_not_add(self, sign_in: SignIn, clerk: Person) -> None:
        client = sign_in(clerk)

        page = page_of(client.get("/backoffice/leaders"))
        assert "添加团长" not in page
        assert client.post("/backoffice/leaders/new", TYPED).status_code == 403
