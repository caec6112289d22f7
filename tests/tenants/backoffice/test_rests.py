"""Days of rest at the desk: what is ordered is shown before they are set, and nobody is told by itself."""

from typing import Any

import pytest
from django.test import Client

from control.people.models import Person
from kit.tenancy import StoreRef, in_store
from tenants.campaigns.models import Campaign, CampaignItem, HiddenItem
from tenants.leaders.models import Rest
from tests.factories.campaigns import an_offer
from tests.factories.leaders import a_leader_with_point
from tests.factories.orders import a_paid_order
from tests.tenants.backoffice.conftest import SignIn, statements_of
from tests.tenants.backoffice.test_orders import page_of

DAY = "2026-11-24"


def apples_for(day: str) -> CampaignItem:
    item = an_offer()
    Campaign.objects.filter(pk=item.campaign_id).update(pickup_date=day)
    return CampaignItem.objects.select_related("campaign").get(pk=item.pk)


def set_rest(desk: Client, at: Any, **words: str) -> Any:
    typed = {"point": "", "first_on": DAY, "last_on": DAY, "note": "回老家", "agreed_orders": "0", **words}
    return desk.post(f"/backoffice/leaders/{at.leader_id}/rests/new", typed)


def test_is_set_shown_and_called_off(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        point = a_leader_with_point()
    here = f"/backoffice/leaders/{point.leader_id}"
    assert "没有安排休息" in page_of(desk.get(here))

    answer = set_rest(desk, point, point=str(point.pk))

    assert answer.status_code == 303
    page = page_of(desk.get(answer["Location"]))
    for word in ("11月24日 周二", point.name, "回老家", "老板", "这几天没有订单"):
        assert word in page
    assert "11月24日 周二" in page_of(desk.get(here))
    ended = desk.post(f"{answer['Location']}/end")
    assert ended["Location"] == here
    assert "没有安排休息" in page_of(desk.get(here))
    assert desk.get(answer["Location"]).status_code == 404


def test_orders_are_seen_before_it_is_confirmed(acme: StoreRef, desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    target = "tenants.sales.services.rest_days"
    monkeypatch.setattr(f"{target}.send_store_sms.delay", lambda **words: sent.append(words["text"]))
    with in_store(acme):
        point, apples = a_leader_with_point(), apples_for(DAY)
        order = a_paid_order(apples, point=point)

    first = set_rest(desk, point)
    assert first.status_code == 422
    assert "1 位顾客的 1 单" in page_of(first)
    assert 'name="agreed_orders" value="1"' in page_of(first)
    with in_store(acme):
        assert not Rest.objects.exists()
    second = set_rest(desk, point, agreed_orders="1")
    page = page_of(desk.get(second["Location"]))
    assert order.number in page
    assert "1 位顾客的 1 单还要在这几天交货" in page
    assert "还没有通知" in page
    assert sent == []

    drawer = page_of(desk.get(f"{second['Location']}/tell"))
    assert "李姐11月24日 周二休息" in drawer
    monkeypatch.setattr(f"{target}.transaction.on_commit", lambda send: send())
    told = desk.post(f"{second['Location']}/tell", {"words": "李姐休息，货改到周日提。"})
    assert (told.status_code, len(sent)) == (303, 1)
    assert "货改到周日提" in sent[0]
    assert "还没有通知" not in page_of(desk.get(second["Location"]))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"first_on": ""}, "请选日期。"),
        ({"last_on": "2026-11-23"}, "请选今天起半年内的日期"),
        ({"first_on": "2026-11-21"}, "请选今天起半年内的日期"),
    ],
)
def test_senseless_days_stay_beside_their_field(
    acme: StoreRef, desk: Client, words: dict[str, str], sentence: str
) -> None:
    with in_store(acme):
        point = a_leader_with_point()

    answer = set_rest(desk, point, **words)

    assert answer.status_code == 422
    assert sentence in page_of(answer)
    assert "回老家" in page_of(answer)


def test_a_clerk_only_looks(acme: StoreRef, desk: Client, sign_in: SignIn, clerk: Person) -> None:
    with in_store(acme):
        point = a_leader_with_point()
    there = set_rest(desk, point)["Location"]
    visitor = sign_in(clerk)

    assert set_rest(visitor, point).status_code == 403
    assert visitor.post(f"{there}/end").status_code == 403
    assert visitor.post(f"{there}/tell", {"words": "好"}).status_code == 403
    assert visitor.get(there).status_code == 200


def test_a_list_says_which_leaders_hide_what(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        point, apples = a_leader_with_point(), apples_for(DAY)
    page = f"/backoffice/campaigns/{apples.campaign_id}"
    assert "没上架" not in page_of(desk.get(page))
    with in_store(acme):
        HiddenItem.objects.create(item=apples, leader=point.leader, at=point.created_at)

    assert "1 位团长没上架：李姐" in page_of(desk.get(page))


def test_orders_cost_no_statement_each(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        point, apples = a_leader_with_point(), apples_for(DAY)
        a_paid_order(apples, point=point)
    there = set_rest(desk, point, agreed_orders="1")["Location"]
    one = statements_of(desk, there)
    with in_store(acme):
        Rest.objects.update(first_on="2026-12-01", last_on="2026-12-01")  # so that more can be ordered
        for _more in range(3):
            a_paid_order(apples, point=point)
        Rest.objects.update(first_on=DAY, last_on=DAY)

    assert statements_of(desk, there) == one
