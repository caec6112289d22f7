"""Stripe's webhook: believed when signed, kept once, answered at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.tasks import retry_events
from control.inbox.models import EventState, OutsideEvent
from kit import clock
from kit.tenancy import in_control
from tests.billing.fixtures import world
from tests.billing.world import World
from tests.simulators.receiver import Letter
from tests.simulators.stripe.fixtures import receiver, stripe_fake, stripe_server

__all__ = ["receiver", "stripe_fake", "stripe_server", "world"]

PATH = "/api/v1/webhooks/stripe"


@pytest.fixture
def letter(world: World) -> Iterator[Letter]:
    """A genuine one: the payment of the first invoice."""
    world.save_card()
    world.choose("starter")
    with clock.at(world.now):
        yield next(each for each in world.letters() if each.event["type"] == "payment_intent.succeeded")


def kept() -> int:
    with in_control():
        return OutsideEvent.objects.count()


class TestReceive:
    def test_keeps_a_signed_event_and_acts_on_it(self, world: World, letter: Letter) -> None:
        assert world.deliver(letter) == 200

        with in_control():
            event = OutsideEvent.objects.get()
        assert (event.event_id, event.kind, event.state) == (
            letter.event["id"],
            "payment_intent.succeeded",
            EventState.DONE,
        )
        assert world.invoices()[0].state == "paid"

    def test_keeps_it_once(self, world: World, letter: Letter) -> None:
        assert [world.deliver(letter) for _ in range(3)] == [200, 200, 200]

        assert kept() == 1

    @pytest.mark.parametrize(
        "signature", ["", "t=1,v1=00", "v1=00", "t=soon,v1=00", "nonsense", "t=1795,v1=" + "0" * 64]
    )
    def test_refuses_a_forged_one_and_keeps_nothing(self, world: World, letter: Letter, signature: str) -> None:
        assert world.deliver(letter, signature=signature) == 400

        assert kept() == 0

    def test_refuses_a_changed_one(self, world: World, letter: Letter) -> None:
        assert world.deliver(letter, body=letter.body.replace(b"29800", b"29801")) == 400

        assert kept() == 0

    def test_refuses_one_older_than_five_minutes(self, world: World, letter: Letter) -> None:
        world.now += timedelta(minutes=5, seconds=1)

        assert world.deliver(letter) == 400
        assert kept() == 0

    def test_answers_a_refusal_as_a_problem(self, world: World, letter: Letter) -> None:
        answer = Client(headers={"host": "linli.test"}).post(PATH, b"{}", content_type="application/json")

        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "bad_signature"

    def test_keeps_the_event_when_nobody_can_be_told(
        self, world: World, letter: Letter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broker_is_down(**_given: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr("api.webhooks.stripe.settle_event.delay", broker_is_down)
        assert world.deliver(letter) == 200
        assert world.invoices()[0].state == "open"

        with clock.at(world.now + timedelta(seconds=31)):
            retry_events()
        assert world.invoices()[0].state == "paid"

    def test_is_there_for_post_on_the_platforms_host_only(self, world: World, letter: Letter) -> None:
        assert Client(headers={"host": "linli.test"}).get(PATH).status_code == 405
        assert (
            Client(headers={"host": "acme.linli.test"}).post(PATH, letter.body, "application/json").status_code == 404
        )
