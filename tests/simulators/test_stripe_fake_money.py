"""Money that comes back, is fought over, and goes to the bank: it adds up at every step."""

from typing import Any

import pytest
import stripe

from tests.simulators.stripe.fixtures import RunningFake

DAY = 86_400


def pay(client: stripe.StripeClient, token: str = "pm_card_visa", amount: int = 10_000) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "cny",
            "payment_method": token,
            "confirm": True,
            "allowed_payment_method_types": ["card"],
        }
    )


def balance(client: stripe.StripeClient) -> tuple[int, int]:
    told = client.v1.balance.retrieve().to_dict()
    available, pending = (sum(each["amount"] for each in told[name]) for name in ("available", "pending"))
    return available, pending


def test_no_more_is_refunded_than_was_paid(client: stripe.StripeClient) -> None:
    paid = pay(client)
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 3_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 7_001})
    rest = client.v1.refunds.create({"charge": str(paid.latest_charge)})
    assert (rest.amount, rest.status) == (7_000, "succeeded")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert caught.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (10_000, True)
    assert sum(each.amount for each in client.v1.refunds.list({"payment_intent": paid.id}).data) == 10_000


def test_an_unpaid_payment_and_a_zero_cannot_be_refunded(client: stripe.StripeClient) -> None:
    waiting = client.v1.payment_intents.create({"amount": 500, "currency": "cny"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": waiting.id})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": pay(client).id, "amount": 0})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"amount": 5})


def test_refunds_may_take_their_time_or_fail_later(stripe_fake: RunningFake, client: stripe.StripeClient) -> None:
    slow = client.v1.refunds.create({"payment_intent": pay(client, "pm_card_pendingRefund").id})
    doomed_charge = pay(client, "pm_card_refundFail")
    doomed = client.v1.refunds.create({"payment_intent": doomed_charge.id})
    assert (slow.status, doomed.status) == ("pending", "succeeded")
    stripe_fake.pull("clock", advance_seconds=61)
    assert client.v1.refunds.retrieve(slow.id).status == "succeeded"
    assert client.v1.refunds.retrieve(doomed.id).status == "failed"
    assert client.v1.charges.retrieve(str(doomed_charge.latest_charge)).amount_refunded == 0


@pytest.mark.parametrize(("outcome", "status", "lost"), [("win", "won", 0), ("lose", "lost", 10_000 + 1_500)])
def test_a_dispute_takes_the_money_and_may_return_it(
    stripe_fake: RunningFake, client: stripe.StripeClient, outcome: str, status: str, lost: int
) -> None:
    paid = pay(client)
    before = sum(balance(client))
    opened = stripe_fake.pull("disputes", payment_intent=paid.id, reason="product_not_received")
    assert client.v1.charges.retrieve(str(paid.latest_charge)).disputed
    assert sum(balance(client)) == before - 10_000 - 1_500
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert caught.value.code == "charge_disputed"
    client.v1.disputes.update(opened["id"], {"evidence": {"uncategorized_text": "signed for"}})
    assert client.v1.disputes.retrieve(opened["id"]).status == "under_review"
    stripe_fake.pull("disputes/end", dispute=opened["id"], outcome=outcome)
    assert client.v1.disputes.retrieve(opened["id"]).status == status
    assert sum(balance(client)) == before - lost


def test_the_dispute_cards_open_disputes_by_themselves(client: stripe.StripeClient) -> None:
    pay(client, "pm_card_createDispute")
    pay(client, "pm_card_createDisputeInquiry")
    inquiry, dispute = client.v1.disputes.list().data
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    assert (inquiry.status, inquiry.balance_transactions) == ("warning_needs_response", [])
    won = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert won.status == "won"
    assert client.v1.disputes.close(inquiry.id).status == "warning_closed"


def test_money_becomes_available_and_is_paid_out_with_every_movement_named(
    stripe_fake: RunningFake, client: stripe.StripeClient
) -> None:
    paid = pay(client)
    at_once = pay(client, "pm_card_bypassPending")
    fee = 10_000 * 29 // 1000 + 30
    assert balance(client) == (10_000 - fee, 10_000 - fee)
    stripe_fake.pull("clock", advance_seconds=3 * DAY)
    client.v1.refunds.create({"payment_intent": at_once.id, "amount": 500})
    expected = 2 * (10_000 - fee) - 500
    assert balance(client) == (expected, 0)
    payout: Any = stripe_fake.pull("payouts", currency="cny")["payout"]
    assert payout["amount"] == expected
    assert balance(client) == (0, 0)
    movements = client.v1.balance_transactions.list({"payout": payout["id"], "limit": 100}).data
    assert sum(each.net for each in movements) == 0
    assert {each.type for each in movements} == {"charge", "refund", "payout"}
    assert paid.latest_charge in [each.source for each in movements]
    stripe_fake.pull("clock", advance_seconds=3 * DAY)
    assert client.v1.payouts.retrieve(payout["id"]).status == "paid"
    assert stripe_fake.pull("payouts", currency="cny")["payout"] is None


def test_no_more_is_paid_out_than_is_there(client: stripe.StripeClient) -> None:
    pay(client, "pm_card_bypassPending")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payouts.create({"amount": 10_000, "currency": "cny"})
    assert caught.value.code == "balance_insufficient"
    assert client.v1.payouts.create({"amount": 1_000, "currency": "cny"}).status == "pending"
