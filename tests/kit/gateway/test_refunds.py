"""Money back: never more than was paid, never twice for one key."""

import pytest
import stripe

from kit.gateway.cards import charge_saved_card, ensure_customer
from kit.gateway.client import GatewayMisuse, GatewayRefused, GatewayUnknown
from kit.gateway.refunds import RefundResult, RefundState, read_refund, refund
from tests.simulators.stripe.fixtures import RunningFake


@pytest.fixture
def paid(client: stripe.StripeClient) -> str:
    return pay(client, "pm_card_visa")


def pay(client: stripe.StripeClient, token: str) -> str:
    owner = ensure_customer(ref="acct-1", name="鲜邻社区", email="boss@example.cn")
    method = client.v1.payment_methods.attach(token, {"customer": owner})
    return charge_saved_card(
        customer_ref=owner,
        payment_method_ref=method.id,
        amount=10_000,
        currency="CNY",
        description="",
        metadata={},
        key=f"charge:{token}",
    ).ref


def give_back(charge_ref: str, amount: int, key: str) -> RefundResult:
    return refund(
        charge_ref=charge_ref,
        amount=amount,
        reason="requested_by_customer",
        metadata={"credit_note": "1"},
        key=key,
    )


def test_a_refund_happens_once_for_a_key(paid: str, client: stripe.StripeClient) -> None:
    first, again = give_back(paid, 4_000, "r1"), give_back(paid, 4_000, "r1")
    assert first == again
    assert (first.state, first.amount, first.currency, first.charge_ref) == (RefundState.SUCCEEDED, 4_000, "CNY", paid)
    assert read_refund(ref=first.ref) == first
    assert len(client.v1.refunds.list().data) == 1


def test_more_than_is_left_is_refused(paid: str) -> None:
    give_back(paid, 4_000, "r1")
    with pytest.raises(GatewayRefused):
        give_back(paid, 6_001, "r2")
    give_back(paid, 6_000, "r3")
    with pytest.raises(GatewayRefused) as caught:
        give_back(paid, 1, "r4")
    assert caught.value.facts["decline_code"] == "charge_already_refunded"
    with pytest.raises(GatewayMisuse):
        give_back(paid, 0, "r5")
    with pytest.raises(GatewayMisuse):
        give_back("pi_nothing", 5, "r6")


def test_disputed_money_cannot_be_given_back(stripe_fake: RunningFake, paid: str) -> None:
    stripe_fake.pull("disputes", payment_intent=paid)
    with pytest.raises(GatewayRefused) as caught:
        give_back(paid, 100, "r1")
    assert caught.value.facts["decline_code"] == "charge_disputed"


def test_a_lost_answer_is_unknown_and_the_same_key_gives_back_once(
    stripe_fake: RunningFake, paid: str, client: stripe.StripeClient
) -> None:
    stripe_fake.pull("faults", kind="reset_after_effect", path="/v1/refunds")
    with pytest.raises(GatewayUnknown):
        give_back(paid, 4_000, "r1")
    assert give_back(paid, 4_000, "r1").state is RefundState.SUCCEEDED
    assert len(client.v1.refunds.list().data) == 1


def test_a_refund_may_wait_or_fail_later(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    waiting = give_back(pay(client, "pm_card_pendingRefund"), 100, "r1")
    doomed = give_back(pay(client, "pm_card_refundFail"), 100, "r2")
    assert (waiting.state, doomed.state) == (RefundState.PENDING, RefundState.SUCCEEDED)
    stripe_fake.pull("clock", advance_seconds=61)
    assert read_refund(ref=waiting.ref).state is RefundState.SUCCEEDED
    assert read_refund(ref=doomed.ref).state is RefundState.FAILED
