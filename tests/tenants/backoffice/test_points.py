"""The desk's pages of points: the rule, the ledger, what is given by hand."""

from typing import Any

import pytest
from django.test import Client

from control.people.models import Person
from kit.ids import new_id
from kit.tenancy import StoreRef, in_store
from tenants.points.models import PointsMove, PointsRule, Purse
from tests.factories.points import a_member_with_points
from tests.tenants.backoffice.conftest import SignIn, statements_of

RULE = {"is_on": "on", "earn_per_yuan": "2", "per_yuan": "50", "max_share": "30", "years_kept": "1"}


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_rule_is_set_and_told(acme: StoreRef, desk: Client) -> None:
    assert "未开启" in page_of(desk.get("/backoffice/points"))
    assert desk.get("/backoffice/points/rule").status_code == 200

    told = desk.post("/backoffice/points/rule", RULE, follow=True)

    assert "积分规则已保存" in page_of(told)
    assert "50 积分抵 1 元" in page_of(told)
    with in_store(acme):
        rule = PointsRule.objects.get()
    assert (rule.is_on, rule.earn_per_yuan, rule.per_yuan, rule.max_share_ppm, rule.years_kept) == (
        *(True, 2, 50),
        *(300_000, 1),
    )
    assert 'value="30"' in page_of(desk.get("/backoffice/points/rule"))
    desk.post("/backoffice/points/rule", {**RULE, "is_on": "", "years_kept": ""})
    with in_store(acme):
        rule.refresh_from_db()
    assert (rule.is_on, rule.years_kept) == (False, None)


@pytest.mark.parametrize(
    ("field", "typed"), [("max_share", "100"), ("per_yuan", "0"), ("earn_per_yuan", "1.5"), ("earn_per_yuan", "-1")]
)
def test_a_rule_that_cannot_be_is_refused_at_its_field(acme: StoreRef, desk: Client, field: str, typed: str) -> None:
    assert desk.post("/backoffice/points/rule", RULE | {field: typed}).status_code == 422
    with in_store(acme):
        assert not PointsRule.objects.exists()


def test_points_are_given_once_a_form_and_found_in_the_ledger(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        member = a_member_with_points(100)
    form = {"phone": member.phone, "points": "20", "reason": "补偿坏果", "key": str(new_id())}
    assert desk.get("/backoffice/points/adjust").status_code == 200
    for _twice in range(2):
        assert "积分已更新" in page_of(desk.post("/backoffice/points/adjust", form, follow=True))
    refused = desk.post("/backoffice/points/adjust", form | {"points": "-121", "key": str(new_id())})
    assert (refused.status_code, "没有这么多可用积分" in page_of(refused)) == (422, True)
    nobody = desk.post("/backoffice/points/adjust", form | {"phone": "13999999999", "key": str(new_id())})
    assert "没有这个手机号的顾客" in page_of(nobody)
    with in_store(acme):
        assert Purse.objects.get().balance == 120
    assert "补偿坏果" in page_of(desk.get(f"/backoffice/points?q={member.phone}&kind=adjust"))
    assert "补偿坏果" not in page_of(desk.get("/backoffice/points?kind=earn"))
    assert "补偿坏果" not in page_of(desk.get("/backoffice/points?q=13999999999"))


def test_clerks_may_look_but_not_give(acme: StoreRef, clerk: Person, sign_in: SignIn) -> None:
    client = sign_in(clerk)
    assert client.get("/backoffice/points").status_code == 200
    assert client.post("/backoffice/points/rule", RULE).status_code == 403
    assert client.post("/backoffice/points/adjust", {}).status_code == 403


def test_the_ledger_costs_the_same_however_long(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        a_member_with_points(1)
    before = statements_of(desk, "/backoffice/points")
    with in_store(acme):
        for _more in range(4):
            a_member_with_points(1)
        assert PointsMove.objects.count() == 5
    assert statements_of(desk, "/backoffice/points") == before
