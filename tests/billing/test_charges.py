"""One charge, whatever the network does, and one end, whatever order the news comes in."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction

from billing.models.collection import ChargeAttempt
from billing.services.collect_invoice import collect_invoice
from billing.services.look_after_charges import look_after_charges
from billing.tasks import retry_events
from control.inbox.models import EventState, OutsideEvent
from kit import clock
from kit.tenancy import in_control
from tests.billing.world import World, undone


@pytest.fixture
def charged(world: World) -> World:
    """A first invoice whose card said yes; the webhooks lie ready."""
    world.save_card()
    world.letters()
    world.choose("starter")
    return world


def only_attempt() -> ChargeAttempt:
    with in_control():
        return ChargeAttempt.objects.get()


def look(world: World) -> int:
    with in_control():
        return look_after_charges(now=world.now)


def charges_made(world: World) -> int:
    counts: dict[str, int] = world.fake.read("objects")["counts"]
    return counts.get("charge", 0)


class TestWebhooks:
    def test_pay_the_invoice(self, charged: World) -> None:
        charged.hear()

        assert charged.invoices()[0].state == "paid"
        assert charged.balance("clearing_stripe") == 29_800

    def test_any_number_of_times(self, charged: World) -> None:
        letters = charged.letters()
        for letter in letters * 3:
            assert charged.deliver(letter) == 200

        assert charged.invoices()[0].paid_minor == 29_800
        assert charged.balance("clearing_stripe") == 29_800
        with in_control():
            assert OutsideEvent.objects.filter(kind="payment_intent.succeeded").count() == 1

    def test_a_second_event_of_the_same_success_pays_nothing_more(self, charged: World) -> None:
        charged.hear()
        charged.fake.pull("events", type="payment_intent.succeeded", object=only_attempt().gateway_ref)
        charged.hear()

        assert charged.invoices()[0].paid_minor == charged.balance("clearing_stripe") == 29_800

    def test_in_any_order(self, charged: World) -> None:
        reference = only_attempt().gateway_ref
        charged.fake.pull("events", type="payment_intent.payment_failed", object=reference)
        charged.fake.pull("events", type="payment_intent.processing", object=reference)
        letters = [letter for letter in charged.letters() if letter.event["type"].startswith("payment_intent.")]
        told = [letter for letter in letters if not letter.event["type"].endswith("created")]

        for order in permutations(told):
            with undone():
                for letter in order:
                    charged.deliver(letter)
                assert charged.invoices()[0].state == "paid", [letter.event["type"] for letter in order]
                assert charged.merchant().state == "active"

    def test_forged_stale_or_tampered_ones_leave_nothing(self, charged: World) -> None:
        letter = charged.letters()[-1]

        assert charged.deliver(letter, signature="t=1,v1=00") == 400
        assert charged.deliver(letter, signature="") == 400
        assert charged.deliver(letter, body=letter.body.replace(b"29800", b"00001")) == 400
        charged.now += timedelta(minutes=6)
        assert charged.deliver(letter) == 400
        with in_control():
            assert OutsideEvent.objects.count() == 0
        assert charged.invoices()[0].state == "open"

    def test_of_another_amount_are_kept_as_failed_and_pay_nothing(self, charged: World) -> None:
        with in_control():
            ChargeAttempt.objects.update(amount_minor=1)
        charged.hear()

        with in_control():
            event = OutsideEvent.objects.get(kind="payment_intent.succeeded")
            assert (event.state, event.error[:15]) == (EventState.FAILED, "amount_mismatch")
            ChargeAttempt.objects.update(amount_minor=29_800)
        charged.now += timedelta(minutes=3)
        with clock.at(charged.now):
            retry_events()
        assert charged.invoices()[0].state == "paid"

    def test_of_strangers_are_ignored(self, charged: World) -> None:
        with in_control():
            ChargeAttempt.objects.update(key="somebody-elses")
        charged.hear()

        assert charged.invoices()[0].state == "open"
        with in_control():
            assert not OutsideEvent.objects.exclude(state=EventState.IGNORED).exists()

    def test_that_never_come_are_asked_for(self, charged: World) -> None:
        assert only_attempt().state == "processing"
        charged.now += timedelta(seconds=31)

        assert look(charged) == 1
        assert charged.invoices()[0].state == "paid"
        charged.hear()
        assert charged.balance("clearing_stripe") == 29_800


class TestSilence:
    @pytest.mark.parametrize("kind", ["reset_after_effect", "500_after_effect", "500_saved", "reset", "502_html"])
    def test_ends_in_one_charge(self, world: World, kind: str) -> None:
        world.save_card()
        world.letters()
        world.fake.pull("faults", kind=kind, method="POST", path="/v1/payment_intents")
        world.choose("starter")
        assert only_attempt().state == "unknown"

        with in_control():  # nobody may try again meanwhile: neither a person nor the clock
            assert collect_invoice(invoice_id=world.invoices()[0].pk, now=world.now) is None
        world.now += timedelta(seconds=31)
        look(world)
        world.now += timedelta(minutes=3)
        look(world)

        assert world.invoices()[0].state == "paid"
        assert charges_made(world) == 1
        assert world.balance("clearing_stripe") == 29_800

    def test_is_broken_by_the_webhook_too(self, world: World) -> None:
        world.save_card()
        world.letters()
        world.fake.pull("faults", kind="reset_after_effect", method="POST", path="/v1/payment_intents")
        world.choose("starter")

        world.hear()
        assert world.invoices()[0].state == "paid"
        world.now += timedelta(days=2)
        assert look(world) == 0

    def test_is_looked_into_ever_more_seldom(self, world: World) -> None:
        world.save_card()
        world.fake.pull("faults", kind="500", count=1000)
        world.choose("starter")
        start, looks = world.now, []
        for minute in range(24 * 60):
            world.now = start + timedelta(minutes=minute)
            if look(world):
                looks.append(minute)

        assert looks == [1, 3, 13, 73, 433]
        assert only_attempt().state == "unknown"

    def test_a_worker_that_died_before_asking_is_made_up_for(self, charged: World) -> None:
        charged.hear()
        with in_control():
            paid = only_attempt()
            ChargeAttempt.objects.create(
                invoice=paid.invoice, card=paid.card, number=2, key="inv:x:attempt:2", amount_minor=500,
                currency="CNY", created_at=charged.now, next_look_at=charged.now,
            )  # fmt: skip
        look(charged)

        with in_control():
            assert ChargeAttempt.objects.get(number=2).state == "processing"


class TestAttempts:
    def test_a_second_open_one_is_refused_by_the_database(self, charged: World) -> None:
        attempt = only_attempt()
        with in_control(), pytest.raises(IntegrityError, match="one_open_attempt"), transaction.atomic():
            ChargeAttempt.objects.create(
                invoice=attempt.invoice, card=attempt.card, number=2, key="other", amount_minor=1,
                currency="CNY", created_at=charged.now,
            )  # fmt: skip


class TestCards:
    def test_the_webhook_saves_the_card_when_the_merchant_never_returns(self, world: World) -> None:
        world.type_card()
        world.hear()

        with in_control():
            assert world.subscription().billing_account.cards.get().last4 == "4242"

    def test_a_new_one_takes_the_place_of_the_old(self, world: World) -> None:
        world.save_card()
        world.save_card("5555555555554444")
        world.hear()

        with in_control():
            cards = world.subscription().billing_account.cards
            assert cards.get(replaced_at=None).last4 == "4444"
            assert cards.count() == 2
