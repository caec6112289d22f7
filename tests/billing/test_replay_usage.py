"""What a store was paid is what is billed: lost facts are told again, and what nobody can explain goes to a person."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing.books import check
from billing.models.metering import FeeKind, RatedFee, UsageEvent
from billing.services.replay_usage import Replayed, replay_usage, watch_usage
from control.people.models import Person
from control.people.services import register_person
from control.post.models import Letter
from kit import clock
from kit.tenancy import in_control, in_store
from tenants.journal.models import OutboxFact
from tenants.journal.services import Actor
from tenants.payments.models import SandboxCharge
from tenants.sales.services.expire_orders import expire_orders
from tenants.sales.services.refund_lines import refund_whole
from tenants.sales.services.settle_payment import settle_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.billing.world import World, at
from tests.factories.campaigns import a_presale_offer, an_offer
from tests.factories.orders import a_paid_order, a_pending_order, a_started_payment, news_of
from tests.factories.times import NOW, later

DAYS = timedelta(days=40)


@pytest.fixture
def lived(world: World) -> World:
    """An order paid and given back, another paid, a deposit kept: four facts, all collected and rated."""
    world.save_card()
    world.choose("starter")
    world.hear()
    with in_store(world.store):
        order = a_paid_order(an_offer(price_minor=100_000))
        refund_whole(order_id=order.pk, reason="坏了", actor=Actor(kind="person"), key="k", now=NOW)
        SandboxCharge.objects.update(state="paid")
        watch_payments(now=later(minutes=1))
        watch_payments(now=later(hours=1))
        a_paid_order(an_offer(price_minor=5_000), now=later(hours=2))
    world.move(at("2026-11-25 09:00"))
    world.collect()
    return world


def replay(world: World) -> Replayed:
    return replay_usage(store=world.store, since=world.now - DAYS, now=world.now)


def watched(world: World) -> list[Replayed]:
    with in_control():
        return watch_usage(now=world.now)


def forget(**which: Any) -> None:
    """Lose facts, as a restored backup of the control plane would."""
    with in_control():
        RatedFee.objects.filter(event__in=UsageEvent.objects.filter(**which)).delete()
        UsageEvent.objects.filter(**which).delete()


def fees() -> list[tuple[str, int]]:
    with in_control():
        return sorted(RatedFee.objects.values_list("kind", "amount_minor"))


def test_nothing_is_found_where_nothing_is_lost(lived: World) -> None:
    assert replay(lived).is_clean
    assert watched(lived) == []


def test_what_was_lost_is_told_again_and_costs_what_it_cost(lived: World) -> None:
    before = fees()
    assert [kind for kind, _amount in before] == [FeeKind.FEE, FeeKind.FEE, FeeKind.REVERSAL]
    forget()

    found = replay(lived)

    assert len(found.left_again) == 3
    assert (found.unfounded, found.different, found.waits_since) == ([], [], None)
    assert replay(lived).is_clean  # told once
    lived.collect()
    assert fees() == before
    assert replay(lived).is_clean
    assert check(lived.now) == []


def test_what_waits_in_the_outbox_is_not_lost_but_late(lived: World) -> None:
    with in_store(lived.store):
        a_paid_order(an_offer(price_minor=7_000), now=later(hours=3))

    found = replay(lived)

    assert (found.left_again, found.waits_since) == ([], later(hours=3))
    lived.collect()
    assert replay(lived).is_clean


def test_another_amount_and_an_order_that_is_not_there_are_for_a_person(lived: World) -> None:
    with in_control():
        event = UsageEvent.objects.get(amount_minor=5_000)
        UsageEvent.objects.filter(pk=event.pk).update(amount_minor=5_001)
        person = register_person(
            email="op@linli.test", phone="13900000009", password="Ab3$xy-long", name="运营", now=NOW
        )
        Person.objects.filter(pk=person.pk).update(is_operator=True)
    lived.order_paid(123, at("2026-11-24 10:00"))
    lived.collect()

    [found] = watched(lived)

    assert found.different == [event.event_key]
    assert len(found.unfounded) == 1
    assert found.left_again == []
    with in_control():
        letter = Letter.objects.get(sent_to="op@linli.test")
    assert event.event_key in letter.text


def test_what_cannot_be_rated_is_told(lived: World) -> None:
    with in_control():
        event = UsageEvent.objects.get(amount_minor=5_000)
        RatedFee.objects.filter(event=event).delete()
        UsageEvent.objects.filter(pk=event.pk).update(problem="unknown meter x")

    assert replay(lived).unrated == []  # it has only just come
    lived.move(lived.now + timedelta(hours=1))
    assert replay(lived).unrated == [event.event_key]


def test_a_deposit_that_the_shop_keeps_is_one_of_its_payments(lived: World) -> None:
    with in_store(lived.store):
        order = a_pending_order(a_presale_offer(keeps=True))
        settle_payment(news=news_of(a_started_payment(order, now=NOW)), now=NOW)
        expire_orders(now=later(days=3))
        order.refresh_from_db()
        assert order.deposit_kept_at is not None
        OutboxFact.objects.all().delete()

    assert replay(lived).left_again == [f"order_paid:{order.pk}"]
    lived.collect()
    with in_control():
        assert UsageEvent.objects.get(event_key=f"order_paid:{order.pk}").amount_minor == order.deposit_minor
    assert [one for one in check(lived.now) if one.invariant == "B7"] == []


def test_the_command_says_what_it_found(lived: World) -> None:
    said = StringIO()
    with clock.at(lived.now):
        call_command("usage", store="acme", stdout=said)
        assert said.getvalue() == "1 stores compared.\n"
        forget(amount_minor=5_000)
        with pytest.raises(SystemExit):
            call_command("usage", store="acme", stdout=said)
        assert "acme  left again  order_paid:" in said.getvalue()
        with pytest.raises(CommandError):
            call_command("usage", store="nobody", stdout=said)
