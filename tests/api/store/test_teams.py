"""拼团 over the API: seen by anybody, joined by who pays, told of in the order."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import in_store
from tenants.campaigns.models import Campaign, Team
from tests.api.conftest import Shop
from tests.api.phone import signed_in
from tests.factories.campaigns import a_team_offer, an_open_campaign
from tests.factories.members import a_member
from tests.factories.orders import a_paid_order
from tests.factories.times import later


def a_team_shop(shop: Shop, *, size: int = 3) -> str:
    """Make the shop's offer one of 拼团, with a team in which one has paid; say which."""
    with in_store(shop.ref):
        Campaign.objects.filter(pk=shop.item.campaign_id).update(kind="team", team_size=size, team_hours=2)
        a_paid_order(shop.item, member=a_member(nickname="王阿姨"))
        return str(Team.objects.get().pk)


def test_anybody_reads_a_team_with_masked_names(shop: Shop) -> None:
    team_id = a_team_shop(shop)

    told = shop.stranger.get(f"/teams/{team_id}").json()
    listed = shop.stranger.get(f"/teams?item={shop.item.pk}").json()["items"]

    assert (told["state"], told["size"], told["paid"], told["missing"], told["can_join"]) == ("open", 3, 1, 2, True)
    assert [(one["name"], one["is_first"], one["is_me"]) for one in told["members"]] == [("王**", True, False)]
    assert told["item"]["id"] == str(shop.item.pk)
    assert told["ends_at"] == "2026-11-20T14:00:00+08:00"
    assert [one["id"] for one in listed] == [team_id]
    assert "1380" not in str(told)


def test_campaigns_and_products_say_how_many_it_takes(shop: Shop) -> None:
    a_team_shop(shop)

    campaign = shop.stranger.get("/campaigns").json()["items"][0]
    product = shop.stranger.get(f"/products/{campaign['items'][0]['product']['id']}").json()

    assert (campaign["kind"], campaign["team_size"], campaign["team_hours"]) == ("team", 3, 2)
    assert (product["campaign"]["kind"], product["campaign"]["team_size"]) == ("team", 3)


def test_goods_in_two_lists_are_shown_as_the_item_they_were_seen_as(shop: Shop) -> None:
    with in_store(shop.ref):
        in_team = an_open_campaign(shop.item.sku, cutoff_at=later(hours=30)).items.get()
        Campaign.objects.filter(pk=in_team.campaign_id).update(kind="team", team_size=3, team_hours=2)
    address = f"/products/{shop.item.sku.product_id}"

    plain, seen = (shop.stranger.get(address + query).json() for query in ("", f"?item_id={in_team.pk}"))

    offers = [[sku["offer"]["id"] for sku in shown["skus"] if sku["offer"]] for shown in (plain, seen)]
    assert [shown["campaign"]["kind"] for shown in (plain, seen)] == ["daily", "team"]
    assert offers == [[str(shop.item.pk)], [str(in_team.pk)]]
    assert shop.stranger.get(f"{address}?item_id=x").status_code == 400


def test_an_order_joins_a_team_and_tells_of_it_until_it_is_full(shop: Shop) -> None:
    team_id = a_team_shop(shop, size=3)

    placed = shop.phone.post("/orders", shop.order_words(team_id=team_id), key="join")
    assert placed.status_code == 201
    assert (placed.json()["team"]["id"], placed.json()["team"]["missing"]) == (team_id, 2)
    again = shop.phone.post("/orders", shop.order_words(team_id=team_id), key="again")
    assert (again.status_code, again.json()["code"]) == (409, "already_in_team")

    with in_store(shop.ref):
        mine = a_paid_order(shop.item, member=a_member(nickname="李姐"), team_id=Team.objects.get().pk)
        phone = signed_in(shop.ref, mine.member)
    order = phone.get(f"/orders/{mine.pk}").json()
    assert (order["state"], order["state_label"], order["pickup_code"]) == ("paid", "待成团", None)
    assert order["team"] == {
        "id": team_id, "state": "open", "state_label": "拼团中", "size": 3, "missing": 1,
        "ends_at": "2026-11-20T14:00:00+08:00",
    }  # fmt: skip
    seen = phone.get(f"/teams/{team_id}").json()
    assert [one["is_me"] for one in seen["members"]] == [False, True]
    assert not seen["can_join"]

    full = signed_in(shop.ref, shop.member)
    assert full.post(f"/orders/{placed.json()['id']}/payments", {"method": "sandbox"}, key="pay").status_code == 201


def test_a_full_team_hands_its_code_out(shop: Shop) -> None:
    team_id = a_team_shop(shop, size=2)
    with in_store(shop.ref):
        mine = a_paid_order(shop.item, team_id=Team.objects.get().pk)
        phone = signed_in(shop.ref, mine.member)

    order = phone.get(f"/orders/{mine.pk}").json()

    assert (order["state_label"], order["team"]["state"], order["can_cancel"]) == ("待提货", "formed", False)
    assert len(order["pickup_code"]) == 8
    joined = shop.phone.post("/orders", shop.order_words(team_id=team_id), key="late")
    assert (joined.status_code, joined.json()["code"]) == (409, "team_full")
    assert joined.json()["detail"] == "这个团刚刚满了，可以自己开一个团。"


def test_what_is_no_team(shop: Shop) -> None:
    for answer in (
        shop.stranger.get(f"/teams/{new_id()}"),
        shop.phone.post("/orders", shop.order_words(team_id=str(new_id())), key="k"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "team_missing")
    assert shop.stranger.get(f"/teams?item={new_id()}").json()["items"] == []
    assert shop.stranger.get("/teams").status_code == 400


def test_a_list_of_orders_costs_one_statement_more_for_teams(shop: Shop) -> None:
    with in_store(shop.ref):
        item = a_team_offer()
        for _order in range(4):
            a_paid_order(item, member=shop.member)

    def statements(limit: int) -> int:
        with CaptureQueriesContext(connection) as counted:
            assert len(shop.phone.get(f"/orders?limit={limit}").json()["items"]) == limit
        return len(counted)

    statements(1)  # the first of a phone also notes that it was here
    assert statements(1) == statements(4)
