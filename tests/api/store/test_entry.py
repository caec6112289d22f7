"""Coming into the shop: by a link, by a place, by a city."""

import pytest

from kit.tenancy import in_store
from tenants.campaigns.reach import Reach, set_reach
from tenants.leaders.binding import binding_of
from tenants.leaders.models import LeaderState
from tests.api.conftest import Shop
from tests.factories.leaders import a_leader_with_point
from tests.factories.times import NOW

HERE = "lat=30.259244&lng=120.130742"


class TestEntry:
    def test_a_place_leads_to_the_nearest_point(self, shop: Shop) -> None:
        told = shop.stranger.get(f"/entry?{HERE}").json()

        assert (told["why"], told["point"]["id"]) == ("nearest", str(shop.point.pk))
        assert told["cities"] == [{"name": "杭州市", "points": 1}]

    def test_a_link_wins(self, shop: Shop) -> None:
        with in_store(shop.ref):
            other = a_leader_with_point(name="张姐", point="绿地新村")

        told = shop.phone.get(f"/entry?{HERE}&leader={other.leader_id}").json()

        assert (told["why"], told["point"]["name"]) == ("link", "绿地新村")

    def test_nobody_says_where_they_are(self, shop: Shop) -> None:
        told = shop.stranger.get("/entry").json()

        assert (told["why"], told["point"], bool(told["sentence"])) == ("choose", None, True)

    @pytest.mark.parametrize("query", ["lat=30.2", "lat=91&lng=1", "lat=x&lng=y", "leader=li", "who=me"])
    def test_a_senseless_question_is_refused(self, shop: Shop, query: str) -> None:
        assert shop.stranger.get(f"/entry?{query}").status_code == 400

    def test_a_member_is_bound_by_a_link(self, shop: Shop) -> None:
        answer = shop.phone.post("/me/leader", {"leader_id": str(shop.point.leader_id)})

        assert (answer.status_code, answer.json()["leader"]["name"]) == (201, "李姐")
        with in_store(shop.ref):
            bound = binding_of(shop.member)
            assert bound is not None
            assert bound.leader_id == shop.point.leader_id

    def test_a_link_of_nobody_is_missing_and_a_stranger_signs_in_first(self, shop: Shop) -> None:
        body = {"leader_id": str(shop.member.pk)}
        assert shop.phone.post("/me/leader", body).json()["code"] == "leader_missing"
        assert shop.stranger.post("/me/leader", body).status_code == 401

    def test_cities_and_their_points(self, shop: Shop) -> None:
        assert shop.stranger.get("/cities").json()["items"] == [{"name": "杭州市", "points": 1}]
        assert len(shop.stranger.get("/pickup-points?city=杭州市").json()["items"]) == 1
        assert shop.stranger.get("/pickup-points?city=上海").json()["items"] == []

    def test_goods_are_those_of_the_point(self, shop: Shop) -> None:
        with in_store(shop.ref):
            other = a_leader_with_point(name="张姐", point="绿地新村", state=LeaderState.ACTIVE)
            reach = Reach(leader_ids=[other.leader_id])
            set_reach(campaign_id=shop.item.campaign_id, reach=reach, now=NOW, by_name="陈店长")
            product = shop.item.sku.product_id

        here = [shop.stranger.get(f"/{what}?pickup_point_id={shop.point.pk}").json() for what in ("campaigns",)]
        there = shop.stranger.get(f"/campaigns?pickup_point_id={other.pk}").json()
        page_here = shop.stranger.get(f"/products/{product}?pickup_point_id={shop.point.pk}").json()
        page_there = shop.stranger.get(f"/products/{product}?pickup_point_id={other.pk}").json()
        refused = shop.phone.post("/orders", shop.order_words())

        assert (here[0]["items"], len(there["items"])) == ([], 1)
        assert (page_here["campaign"], page_there["campaign"]["pickup_date"]) == (None, "2026-11-21")
        assert (refused.status_code, refused.json()["lines"][0]["code"]) == (409, "not_here")
