"""What a merchant may use: derived, rebuildable, obeyed by the store."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from billing.books import check
from billing.entitlements import derive, granted
from billing.models.addons import AddOnPrice
from billing.models.grants import EntitlementGrant
from billing.services.give_gift import GiftRefused, give_gift
from billing.services.grant_entitlements import grant_entitlements
from control.merchants.limits import FeatureNotInPlan, PlanLimitReached, has_feature, keep_to_features, limit_of
from control.people.models import Role, Seat
from control.people.services import give_seat, register_person
from kit.tenancy import in_control, in_store
from tenants.leaders.services import PointDraft, add_leader, add_point, edit_point
from tests.billing.acting import act, switch
from tests.billing.test_guards import refused
from tests.billing.world import World, at


@pytest.fixture
def starter(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("billing.books._usage_of", lambda _store: [])
    world.save_card()
    world.hear()
    switch(world, "starter", movement="start")
    return world


def test_grants_are_rebuilt_from_nothing(starter: World) -> None:
    act(starter, "add_on", add_on="leader_pack", quantity=2)
    with in_control():
        account = starter.subscription().billing_account
        before = set(granted(billing_account=account))
        EntitlementGrant.objects.all().delete()
        grant_entitlements(billing_account=account, now=starter.now)

        assert set(granted(billing_account=account)) == before == set(derive(billing_account=account))
    assert starter.merchant().limits["leaders"] == 230


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("DELETE FROM billing_entitlementgrant WHERE what = 'staff'", "S1"),
        ("UPDATE billing_entitlementgrant SET amount = 99 WHERE what = 'staff'", "S1"),
        ("UPDATE merchants_merchant SET limits = '{}'", "S1"),
        ("UPDATE billing_planchange SET total_minor = 1", "S2"),
    ],
)
def test_each_fault_is_found(starter: World, statement: str, invariant: str) -> None:
    assert check(starter.now) == []
    with in_control(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert {finding.invariant for finding in check(starter.now)} == {invariant}


def test_features_follow_the_plan(starter: World) -> None:
    merchant = starter.store.merchant_id
    assert has_feature(merchant_id=merchant, what="api_read")
    with pytest.raises(FeatureNotInPlan) as no:
        keep_to_features(merchant_id=merchant, what="api_write")
    assert "升级" in str(no.value)

    starter.move(starter.now + timedelta(hours=1))
    switch(starter, "growth")
    keep_to_features(merchant_id=merchant, what="api_write")
    assert limit_of(merchant_id=merchant, what="domains") == 3


def test_a_city_more_than_the_plan_has_is_refused_wherever_it_is_typed(starter: World) -> None:
    with in_store(starter.store):
        leader = add_leader(name="王姐", phone="13800001111", now=starter.now, by_name="店主", point=point("上海"))
        first = leader.pickup_points.get()
        add_point(leader_id=leader.pk, draft=point("上海"), now=starter.now, by_name="店主")

        with pytest.raises(PlanLimitReached) as no:
            add_point(leader_id=leader.pk, draft=point("杭州"), now=starter.now, by_name="店主")
        assert no.value.facts["what"] == "cities"
        with pytest.raises(PlanLimitReached):
            add_leader(name="李姐", phone="13800002222", now=starter.now, by_name="店主", point=point("杭州"))
        with pytest.raises(PlanLimitReached):
            edit_point(point_id=first.pk, draft=point("杭州"), now=starter.now, by_name="店主")


def test_a_seat_more_than_the_plan_has_is_refused(starter: World) -> None:
    merchant = starter.store.merchant_id
    with in_control():
        free = 3 - Seat.objects.filter(merchant_id=merchant).count()
        for number in range(free):
            give_seat(person=somebody(number, starter), merchant_id=merchant, role=Role.CLERK, now=starter.now)
        late = somebody(9, starter)
        with pytest.raises(PlanLimitReached):
            give_seat(person=late, merchant_id=merchant, role=Role.CLERK, now=starter.now)


@pytest.mark.parametrize("wrong", [{"what": "money"}, {"amount": 0}, {"ends_at": at("2026-01-01 00:00")},
                                   {"what": "api_write", "amount": 2}])  # fmt: skip
def test_a_gift_of_nothing_is_refused(starter: World, wrong: dict[str, Any]) -> None:
    given = {"what": "staff", "amount": 1, "ends_at": None, **wrong}
    with in_control(), pytest.raises(GiftRefused):
        give_gift(merchant_id=starter.store.merchant_id, actor="op", reason="x", now=starter.now, **given)


def test_an_add_ons_price_that_is_held_may_only_be_ended(starter: World) -> None:
    act(starter, "add_on", add_on="staff_pack", quantity=1)
    with in_control():
        held = AddOnPrice.objects.filter(add_on__code="staff_pack", interval="month")
        with refused("in use"):
            held.update(amount_minor=1)
        held.update(valid_until=at("2027-01-01 00:00"))


def somebody(number: int, world: World) -> Any:
    return register_person(
        email=f"p{number}@acme.test", phone=f"1370000000{number}", password="青菜-豆腐-88", name="", now=world.now
    )


def point(city: str) -> PointDraft:
    return PointDraft("东门", city, "幸福路 1 号", Decimal("31.2"), Decimal("121.4"), "16:00–20:00")
