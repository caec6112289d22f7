"""Genuine letters about what is not ours: of another account, of another object, under our key. Nothing is written."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.test import Client

from billing.models.collection import ChargeAttempt
from billing.models.ledger import LedgerTransaction
from billing.models.reversals import CardRefund, Dispute
from control.inbox.models import EventState, OutsideEvent
from kit import clock
from kit.tenancy import in_control
from tests.billing.till import Till, dispute, intent, refund
from tests.billing.world import World
from tests.simulators.receiver import Letter

PATH = "/api/v1/webhooks/stripe"


@pytest.fixture
def letter(world: World) -> Iterator[Letter]:
    """A genuine one: the payment of the first invoice."""
    world.save_card()
    world.choose("starter")
    with clock.at(world.now):
        yield next(each for each in world.letters() if each.event["type"] == "payment_intent.succeeded")


def signed(world: World, event: dict[str, Any]) -> Any:
    body = json.dumps(event)
    secret = str(settings.LINLI_STRIPE["webhook_secret"])
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, int(world.now.timestamp()))
    with clock.at(world.now):
        return Client(headers={"host": "linli.test"}).post(
            PATH, body, content_type="application/json", headers={"stripe-signature": signature}
        )


def written() -> tuple[int, ...]:
    with in_control():
        return tuple(model.objects.count() for model in (LedgerTransaction, CardRefund, Dispute, ChargeAttempt))


class TestOfAnotherAccount:
    @pytest.mark.parametrize("foreign", [{"account": "acct_1StrangerShop"}, {"livemode": True}])
    def test_is_refused_in_words_though_well_signed_and_nothing_is_kept(
        self, world: World, letter: Letter, foreign: dict[str, Any]
    ) -> None:
        before = written()

        answer = signed(world, {**letter.event, **foreign})

        assert answer.status_code == 400
        assert answer.json()["code"] == "foreign_event"
        assert answer.json()["detail"] == "这条通知属于另一个支付账户，没有接收。"
        with in_control():
            assert not OutsideEvent.objects.exists()
        assert written() == before
        assert world.invoices()[0].state == "open"

    def test_the_same_letter_without_it_is_taken(self, world: World, letter: Letter) -> None:
        assert signed(world, letter.event).status_code == 200

    def test_test_money_is_refused_where_the_keys_are_live(self, world: World, letter: Letter, settings: Any) -> None:
        settings.LINLI_STRIPE = {**settings.LINLI_STRIPE, "api_key": "sk_live_x"}

        assert signed(world, letter.event).json()["code"] == "foreign_event"


class TestOfAnotherObject:
    @pytest.mark.parametrize(
        "event",
        [
            intent("succeeded", amount=9900, currency="CNY", ref="f1", at=10),
            refund("created", amount=900, currency="CNY", status="succeeded", ref="f2"),
            dispute("created", amount=9000, currency="CNY", status="needs_response", ref="f3"),
        ],
        ids=["charge", "refund", "dispute"],
    )
    def test_that_we_never_made_is_put_aside_with_the_reason(self, world: World, event: dict[str, Any]) -> None:
        Till.open(world, amount=9900)
        stranger = json.loads(json.dumps(event).replace("pi_till", "pi_stranger"))
        stranger["object"]["metadata"] = {}
        before = written()

        Till(world, ChargeAttempt()).tell(stranger)

        with in_control():
            kept = OutsideEvent.objects.get()
        assert (kept.state, kept.error) == (EventState.IGNORED, "not_ours: 通知里的对象不是本平台的，没有入账。")
        assert written() == before

    def test_that_carries_our_key_pays_nothing_and_waits_for_a_person(self, world: World) -> None:
        till = Till.open(world, amount=9900)
        copied = intent("succeeded", amount=9900, currency="CNY", ref="f1", at=10)
        copied["object"]["id"] = "pi_stranger"
        before = written()

        assert till.tell(copied) == EventState.FAILED

        with in_control():
            assert OutsideEvent.objects.get().error.startswith("foreign_charge")
        assert till.invoice().paid_minor == 0
        assert written() == before
