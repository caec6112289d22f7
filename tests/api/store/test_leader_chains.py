"""A leader's own chain: read on the phone, asked about, made into drafts for the leader's own points alone."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.ids import new_id
from kit.tenancy import in_store
from tenants.campaigns.models import Campaign, CampaignState, JoinDraft, PastedChain
from tenants.campaigns.reach import Reach, set_reach
from tenants.journal.models import JournalEntry
from tests.api.conftest import Shop
from tests.api.phone import Phone, signed_in
from tests.factories.campaigns import an_item_of
from tests.factories.catalog import a_product, a_sku_of
from tests.factories.leaders import a_leader_with_point
from tests.factories.times import NOW

TEXT = "1. 王姐 洛川苹果2份\n2. 李哥 苹果一份\n3. 小陈 草莓两盒"


@pytest.fixture
def chain(shop: Shop) -> str:
    """The campaign with two more sorts of apples."""
    with in_store(shop.ref):
        for title in ("红富士苹果", "青苹果"):
            an_item_of(shop.item.campaign, a_product(title=title))
    return f"/leader/campaigns/{shop.item.campaign_id}"


def words(shop: Shop, **other: Any) -> dict[str, Any]:
    return {"text": TEXT, "pickup_point_id": str(shop.point.pk), **other}


def made(phone: Phone, chain: str, asked: dict[str, Any], *, key: str = "") -> Any:
    return phone.post(f"{chain}/drafts", asked, key=key or str(new_id()))


def test_says_what_it_understood_asks_about_the_rest_and_writes_nothing(shop: Shop, chain: str) -> None:
    answer = shop.leader_phone.post(f"{chain}/readings", words(shop))

    assert answer.status_code == 200, answer.content
    read = answer.json()
    assert (read["clear"], read["unclear"], read["text"]) == (1, 2, TEXT)
    first, second, third = read["rows"]
    assert first["wants"] == [{"title": "洛川苹果 500g/份", "quantity": 2, "is_assumed": False}]
    assert (first["is_clear"], second["is_clear"], third["is_clear"]) == (True, False, False)
    assert "是哪一个" in second["questions"][0]["sentence"]
    titles = {one["title"] for one in second["questions"][0]["choices"]}
    assert titles == {"洛川苹果 500g/份", "红富士苹果 500g/份", "青苹果 500g/份"}
    assert "草莓" in third["questions"][0]["sentence"]
    with in_store(shop.ref):
        assert not PastedChain.objects.exists()


def test_a_choice_is_written_into_the_text_and_a_nonsense_one_is_not(shop: Shop, chain: str) -> None:
    read = shop.leader_phone.post(f"{chain}/readings", words(shop)).json()
    [green] = [one for one in read["rows"][1]["questions"][0]["choices"] if "青" in one["title"]]

    chosen = shop.leader_phone.post(f"{chain}/readings", words(shop, choice=green["value"])).json()
    unmoved = shop.leader_phone.post(f"{chain}/readings", words(shop, choice="9:x:y")).json()

    assert "2. 李哥 青苹果一份" in chosen["text"]
    assert chosen["clear"] == 2
    assert unmoved["text"] == TEXT


def test_a_choice_among_labels_of_one_title_is_understood(shop: Shop, chain: str) -> None:
    with in_store(shop.ref):
        small = a_product(title="番茄", label="500g/份")
        for sku in (small, a_sku_of(small.product, label="1kg/份")):
            an_item_of(shop.item.campaign, sku)
    asked = words(shop, text="1. 王姐 番茄两份")
    [question] = shop.leader_phone.post(f"{chain}/readings", asked).json()["rows"][0]["questions"]
    [big] = [one for one in question["choices"] if "1kg" in one["title"]]

    read = shop.leader_phone.post(f"{chain}/readings", {**asked, "choice": big["value"]}).json()

    assert read["text"] == "1. 王姐 番茄 1kg/份两份"
    assert read["rows"][0]["wants"] == [{"title": "番茄 1kg/份", "quantity": 2, "is_assumed": False}]


def test_clear_rows_become_drafts_with_links_that_neighbours_confirm(shop: Shop, chain: str) -> None:
    answer = made(shop.leader_phone, chain, words(shop))

    assert answer.status_code == 201, answer.content
    [draft] = answer.json()["items"]
    assert (draft["number"], draft["name"], draft["goods"], draft["state"]) == (
        1,
        "王姐",
        "洛川苹果 500g/份 ×2",
        "waiting",
    )
    assert draft["pickup_point"]["id"] == str(shop.point.pk)
    identity, sign = draft["link"].split("?id=")[1].split("&sign=")
    path = f"/join-drafts/{identity}/{sign}"
    total = {"expected_total": shop.stranger.get(path).json()["total"]}
    assert shop.phone.post(f"{path}/confirmation", total).status_code == 201
    [after] = shop.leader_phone.get(f"{chain}/drafts").json()["items"]
    assert (after["state"], after["link"]) == ("ordered", "")
    with in_store(shop.ref):
        entry = JournalEntry.objects.get(what="campaign.pasted")
        assert (entry.actor_kind, entry.actor_name) == ("leader", shop.point.leader.name)


def test_the_same_key_makes_them_once_and_two_leaders_may_think_of_the_same(shop: Shop, chain: str) -> None:
    key = str(new_id())
    first, again = (made(shop.leader_phone, chain, words(shop), key=key) for _time in range(2))
    with in_store(shop.ref):
        other = a_leader_with_point(name="王姐", point="远处")
    theirs = made(signed_in(shop.ref, other.leader.member), chain, words(shop, pickup_point_id=str(other.pk)), key=key)

    assert (first.status_code, again.status_code, theirs.status_code) == (201, 201, 201)
    assert first.json() == again.json()
    assert len(theirs.json()["items"]) == 1
    with in_store(shop.ref):
        assert JoinDraft.objects.count() == 2


def test_a_draft_is_taken_back_once_and_for_all(shop: Shop, chain: str) -> None:
    [draft] = made(shop.leader_phone, chain, words(shop)).json()["items"]
    path = f"/leader/drafts/{draft['id']}/withdrawal"

    first, again = (shop.leader_phone.post(path, {}) for _time in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json()["state"], again.json()["link"]) == ("withdrawn", "")
    gone = draft["link"].split("?id=")[1].replace("&sign=", "/")
    assert shop.stranger.get(f"/join-drafts/{gone}").status_code == 404


class TestOnlyTheirOwn:
    def test_point(self, shop: Shop, chain: str) -> None:
        with in_store(shop.ref):
            other = a_leader_with_point(name="王姐", point="远处")
        asked = words(shop, pickup_point_id=str(other.pk))

        for answer in (shop.leader_phone.post(f"{chain}/readings", asked), made(shop.leader_phone, chain, asked)):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_point")
        with in_store(shop.ref):
            assert not PastedChain.objects.exists()

    def test_drafts(self, shop: Shop, chain: str) -> None:
        [draft] = made(shop.leader_phone, chain, words(shop)).json()["items"]
        with in_store(shop.ref):
            other = signed_in(shop.ref, a_leader_with_point(name="王姐", point="远处").leader.member)

        assert other.get(f"{chain}/drafts").json()["items"] == []
        assert other.post(f"/leader/drafts/{draft['id']}/withdrawal", {}).json()["code"] == "draft_missing"
        assert shop.leader_phone.get(f"{chain}/drafts").json()["items"][0]["state"] == "waiting"

    def test_lists_that_are_sold_at_the_point_and_open(self, shop: Shop, chain: str) -> None:
        with in_store(shop.ref):
            other = a_leader_with_point(name="王姐", point="远处")
            reach = Reach(leader_ids=[other.leader_id])
            set_reach(campaign_id=shop.item.campaign_id, reach=reach, now=NOW, by_name="陈店长")
        assert made(shop.leader_phone, chain, words(shop)).json()["code"] == "not_sold_here"
        with in_store(shop.ref):
            Campaign.objects.update(state=CampaignState.PAUSED)
        assert shop.leader_phone.post(f"{chain}/readings", words(shop)).json()["code"] == "campaign_over"
        missing = shop.leader_phone.post(f"/leader/campaigns/{new_id()}/readings", words(shop))
        assert missing.json()["code"] == "campaign_missing"

    def test_desk(self, shop: Shop, chain: str) -> None:
        assert shop.phone.post(f"{chain}/readings", words(shop)).json()["code"] == "not_a_leader"
        assert made(shop.phone, chain, words(shop)).json()["code"] == "not_a_leader"
        assert shop.stranger.get(f"{chain}/drafts").status_code == 401


def test_nothing_clear_is_said_and_too_long_a_text_is_refused(shop: Shop, chain: str) -> None:
    nothing = made(shop.leader_phone, chain, words(shop, text="1. 小陈 草莓两盒"))
    assert nothing.json()["code"] == "nothing_read"
    assert shop.leader_phone.post(f"{chain}/readings", words(shop, text="x" * 20_001)).status_code == 400
    assert shop.leader_phone.post(f"{chain}/readings", words(shop, text="")).status_code == 400


def test_many_drafts_cost_as_many_statements_as_one(shop: Shop, chain: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as statements:
            assert shop.leader_phone.get(f"{chain}/drafts").status_code == 200
        return len(statements)

    made(shop.leader_phone, chain, words(shop))
    before = asked()
    made(shop.leader_phone, chain, words(shop, text="\n".join(f"{n}. 邻居{n} 洛川苹果{n}份" for n in range(1, 12))))

    assert asked() == before
