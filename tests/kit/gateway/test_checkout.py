"""A shopper pays by card on Stripe's page, with the store's own keys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit.gateway.checkout import Checkout
from kit.ports.payments.keys import StripeKeys
from kit.ports.payments.words import BadNotice, ChargeState, ChargeWish, RefundState, RefundWish, Rejected, Unreachable
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

    def test_says_whether_the_key_works(self, till: Checkout) -> None:
        assert till.check().is_good
