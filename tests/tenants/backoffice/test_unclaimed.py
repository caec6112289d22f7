"""The desk's page of what nobody fetched."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from control.people.models import Person
from kit import clock
from kit.tenancy import StoreRef, in_store
from tenants.fulfilment.models import AfterUnclaimed, Unclaimed, UnclaimedRule, UnclaimedState
from tenants.payments.models import Refund
from tenants.sales.services.unclaimed import look_for_unclaimed
from tests.factories.orders import a_paid_order
from tests.factories.times import NOW
from tests.tenants.backoffice.conftest import SignIn, statements_of

LIST = "/backoffice/orders/unclaimed"
LATE = datetime(2026, 11, 22, 13, tzinfo=UTC)


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def row(acme: StoreRef, desk: Client) -> Unclaimed:
    """Two apples that wait since yesterday."""
    with in_store(acme):
        a_paid_order(quantity=2)
        look_for_unclaimed(now=LATE)
        return Unclaimed.objects.get()


@pytest.mark.parametrize(("what", "state"), [("return", UnclaimedState.RETURNED), ("loss", UnclaimedState.LOST)])
def test_what_waits_is_seen_with_its_money_and_ended(
    acme: StoreRef, desk: Client, row: Unclaimed, what: str, state: UnclaimedState
) -> None:
    shown = page_of(desk.get(LIST))
    assert "洛川苹果 × 2" in shown
    assert "¥25.80" in shown

    told = desk.post(f"{LIST}/{row.pk}/{what}", follow=True)

    assert "货款原路退回顾客" in page_of(told)
    with in_store(acme):
        row.refresh_from_db()
        assert (row.state, Refund.objects.get().amount_minor) == (state, 2580)
    assert desk.post(f"{LIST}/{row.pk}/{what}").status_code == 404


def test_a_part_goes_back_when_the_same_amount_is_confirmed(acme: StoreRef, desk: Client) -> None:
    with clock.at(NOW - timedelta(hours=1)):
        rule = {"remind_hours": "24", "decide_hours": "48", "outcome": "ask", "back_ppm": "80"}
        assert desk.post(f"{LIST}/rule", {**rule, "back_ppm": "100"}).status_code == 422
        assert desk.post(f"{LIST}/rule", {**rule, "outcome": "part", "back_ppm": ""}).status_code == 422
        assert desk.post(f"{LIST}/rule", rule).status_code == 303
        assert 'value="80"' in page_of(desk.get(f"{LIST}/rule"))
    with in_store(acme):
        a_paid_order(quantity=2)
        look_for_unclaimed(now=LATE)
        row = Unclaimed.objects.get()
    page = f"{LIST}/{row.pk}/discount"
    assert page in page_of(desk.get(LIST))
    shown = page_of(desk.get(page))
    assert all(words in shown for words in ("¥25.80", "确认退款 ¥20.64", "¥5.16", "损失由商家承担"))
    for wrong in ("2580", "", "-1"):
        assert "金额有变化" in page_of(desk.post(page, {"seen": wrong}))
    assert desk.post(page, {"seen": "2064"}).status_code == 303
    assert "店里留 ¥5.16" in page_of(desk.get(f"{LIST}?state=partly"))
    with in_store(acme):
        assert Refund.objects.get().amount_minor == 2064
    assert desk.get(page).status_code == 404


def test_without_a_percent_nothing_is_offered(desk: Client, row: Unclaimed) -> None:
    assert f"{row.pk}/discount" not in page_of(desk.get(LIST))


def test_is_kept_until_a_day_that_can_be(acme: StoreRef, desk: Client, row: Unclaimed) -> None:
    with clock.at(LATE):
        assert desk.get(f"{LIST}/{row.pk}/hold").status_code == 200
        assert desk.post(f"{LIST}/{row.pk}/hold", {"until": "2026-12-24"}).status_code == 422
        desk.post(f"{LIST}/{row.pk}/hold", {"until": "2026-11-25"})
    with in_store(acme):
        row.refresh_from_db()
    assert row.state == UnclaimedState.HELD
    assert "保管到 2026-11-25" in page_of(desk.get(f"{LIST}?state=held"))
    assert "洛川苹果" not in page_of(desk.get(f"{LIST}?state=due"))


def test_the_rule_is_set(acme: StoreRef, desk: Client) -> None:
    assert desk.get(f"{LIST}/rule").status_code == 200
    wrong = desk.post(f"{LIST}/rule", {"remind_hours": "48", "decide_hours": "24", "outcome": "loss"})
    assert wrong.status_code == 422
    desk.post(f"{LIST}/rule", {"remind_hours": "12", "decide_hours": "36", "outcome": "loss"})
    with in_store(acme):
        rule = UnclaimedRule.objects.get()
    assert (rule.remind_hours, rule.decide_hours, rule.outcome) == (12, 36, AfterUnclaimed.LOSS)
    assert "12 小时没取就短信提醒" in page_of(desk.get(LIST))


def test_clerks_may_look_but_not_decide(acme: StoreRef, clerk: Person, sign_in: SignIn, row: Unclaimed) -> None:
    client = sign_in(clerk)
    assert client.get(LIST).status_code == 200
    assert client.post(f"{LIST}/{row.pk}/loss").status_code == 403
    assert client.post(f"{LIST}/rule", {}).status_code == 403


def test_the_list_costs_the_same_however_long(acme: StoreRef, desk: Client, row: Unclaimed) -> None:
    before = statements_of(desk, LIST)
    with in_store(acme):
        for _more in range(4):
            a_paid_order(quantity=2)
        look_for_unclaimed(now=LATE)
        assert Unclaimed.objects.count() == 5
    assert statements_of(desk, LIST) == before
