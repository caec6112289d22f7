"""A shopper pays by card on Stripe's page, with the store's own keys."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from kit.gateway.checkout import Checkout
from kit.ports.payments.keys import StripeKeys
from kit.ports.payments.words import (
    BadNotice,
    ChargeState,
    ChargeWish,
    ForeignNotice,
    RefundState,
    RefundWish,
    Rejected,
    Unreachable,
)
from tests.simulators.receiver import Receiver
from tests.simulators.stripe.fixtures import SECRET, RunningFake

KEY = "261120000001-0123456789abcdef012"
CARD = {"card_number": "4242424242424242", "card_expiry": "12 / 40", "card_cvc": "123", "card_name": "Wang"}


@pytest.fixture
def till(stripe_fake: RunningFake) -> Checkout:
    return Checkout(StripeKeys(api_key="sk_test_store", webhook_secret=SECRET), host=stripe_fake.url)


def a_wish() -> ChargeWish:
    return ChargeWish(
        key=KEY,
        amount_minor=1290,
        currency="CNY",
        title="绿家生鲜",
        kind="card",
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
        notify_url="",
        return_url="http://acme.linli.test/m/#/sub/order/result?order=1",
    )


def a_refund(key: str, amount: int, ref: str) -> RefundWish:
    return RefundWish(
        key=key,
        charge_key=KEY,
        charge_ref=ref,
        amount_minor=amount,
        charged_minor=1290,
        currency="CNY",
        reason="",
        notify_url="",
    )


def paid_with(till: Checkout, stripe_fake: RunningFake, number: str) -> str:
    """Pay by a card; return Stripe's name for the payment."""
    opened = till.open_charge(a_wish())
    stripe_fake.http.post(opened.redirect_url, data={**CARD, "card_number": number})
    paid = till.read_charge(key=KEY, ref=opened.ref)
    assert paid
    return paid.provider_ref


class TestCheckout:
    def test_is_paid_on_stripes_page_and_given_back_in_parts(self, till: Checkout, stripe_fake: RunningFake) -> None:
        opened = till.open_charge(a_wish())
        assert till.open_charge(a_wish()) == opened
        before = till.read_charge(key=KEY, ref=opened.ref)
        stripe_fake.http.post(opened.redirect_url, data=CARD)

        paid = till.close_charge(key=KEY, ref=opened.ref)  # too late to close

        assert before
        assert paid
        assert (before.state, paid.state) == (ChargeState.PROCESSING, ChargeState.SUCCEEDED)
        assert (paid.amount_minor, paid.currency) == (1290, "CNY")
        for _twice in range(2):
            assert till.refund(a_refund("r1", 500, paid.provider_ref)).state is RefundState.SUCCEEDED
        read = till.read_refund(key="r1", charge_key=KEY, ref=paid.provider_ref)
        assert read
        assert read.amount_minor == 500
        with pytest.raises(Rejected):
            till.refund(a_refund("r2", 791, paid.provider_ref))

    def test_is_closed_when_unpaid(self, till: Checkout) -> None:
        opened = till.open_charge(a_wish())
        closed = till.close_charge(key=KEY, ref=opened.ref)
        assert closed
        assert closed.state is ChargeState.CANCELLED
        assert till.read_charge(key=KEY, ref="") is None

    def test_a_dead_line_is_not_a_no(self) -> None:
        with pytest.raises(Unreachable):
            Checkout(StripeKeys(api_key="sk_test_x", webhook_secret="x"), host="http://127.0.0.1:9").open_charge(
                a_wish()
            )

    def test_believes_its_own_endpoints_letters_alone(
        self, till: Checkout, stripe_fake: RunningFake, receiver: Receiver
    ) -> None:
        opened = till.open_charge(a_wish())
        stripe_fake.http.post(opened.redirect_url, data=CARD)
        stripe_fake.delivered()
        letter = next(one for one in receiver.letters if one.event["type"] == "checkout.session.completed")
        given: dict[str, Any] = {"body": letter.body, "headers": {"Stripe-Signature": letter.signature}}

        assert till.verify_notice(**given, now=datetime.now(UTC)).key == KEY
        with pytest.raises(BadNotice):
            till.verify_notice(**given, now=datetime.now(UTC) + timedelta(minutes=6))
        other = Checkout(StripeKeys(api_key="sk_test_other", webhook_secret="whsec_other"), host=stripe_fake.url)
        with pytest.raises(BadNotice):
            other.verify_notice(**given, now=datetime.now(UTC))

    def test_refuses_letters_of_connected_accounts_and_of_another_kind_of_money(
        self, till: Checkout, stripe_fake: RunningFake, receiver: Receiver
    ) -> None:
        till.open_charge(a_wish())
        stripe_fake.http.post(till.open_charge(a_wish()).redirect_url, data=CARD)
        stripe_fake.delivered()
        told = next(one for one in receiver.letters if one.event["type"] == "checkout.session.completed").event
        now = datetime.now(UTC)

        for changed, is_ours in (({}, True), ({"account": "acct_other"}, False), ({"livemode": True}, False)):
            body = json.dumps({**told, **changed})
            signature = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(now.timestamp()))
            given: dict[str, Any] = {"body": body.encode(), "headers": {"Stripe-Signature": signature}, "now": now}
            if is_ours:
                assert till.verify_notice(**given).key == KEY
            else:
                with pytest.raises(ForeignNotice):
                    till.verify_notice(**given)

    def test_a_refund_that_failed_at_the_bank_is_made_anew(self, till: Checkout, stripe_fake: RunningFake) -> None:
        ref = paid_with(till, stripe_fake, "4000000000005126")
        assert till.refund(a_refund("r1", 500, ref)).state is RefundState.SUCCEEDED
        stripe_fake.pull("clock", advance_seconds=61)
        failed = till.read_refund(key="r1", charge_key=KEY, ref=ref)
        assert failed
        assert (failed.state, failed.failure) == (RefundState.FAILED, "lost_or_stolen_card")

        anew = [till.refund(a_refund("r1", 500, ref)) for _twice in range(2)]

        assert {one.state for one in anew} == {RefundState.SUCCEEDED}
        assert len({one.provider_ref for one in anew} - {failed.provider_ref}) == 1

    def test_a_no_that_is_over_does_not_last_for_a_day(self, till: Checkout, stripe_fake: RunningFake) -> None:
        ref = paid_with(till, stripe_fake, CARD["card_number"])
        dispute = stripe_fake.pull("disputes", payment_intent=ref)
        for _thrice in range(3):
            with pytest.raises(Rejected):
                till.refund(a_refund("r1", 500, ref))
        stripe_fake.pull("disputes/end", dispute=dispute["id"], outcome="win")

        assert till.refund(a_refund("r1", 500, ref)).state is RefundState.SUCCEEDED
        assert till.refund(a_refund("r1", 500, ref)).amount_minor == 500
        with pytest.raises(Rejected):
            till.refund(a_refund("r2", 791, ref))

    def test_says_whether_the_key_works(self, till: Checkout) -> None:
        assert till.check().is_good
