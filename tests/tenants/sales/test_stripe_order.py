"""A whole order paid by card on Stripe's own page, with the store's keys: paid, handed out, given back, disputed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from control.inbox.models import EventState, OutsideEvent
from kit import clock
from kit.ports.payments.keys import StripeKeys
from kit.tenancy import StoreRef, in_control
from tenants.fulfilment.services.hand_over import HandedLine, hand_over
from tenants.journal.models import JournalEntry, OutboxFact
from tenants.journal.services import Actor
from tenants.ledger.models import Book
from tenants.ledger.selectors import balance_of
from tenants.orders.models import Order, OrderState
from tenants.payments.models import (
    Channel,
    Difference,
    DifferenceKind,
    DifferenceState,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from tenants.payments.setup import ChannelDraft, check_channel, configure_channel, switch_channel
from tenants.payments.ways import STRIPE
from tenants.sales.services.reconcile_day import explain_difference, reconcile_day
from tenants.sales.services.refund_lines import WantedRefund, refund_lines, refund_whole
from tenants.sales.services.start_payment import NotPayable, start_payment
from tenants.sales.services.watch_payments import watch_payments
from tests.factories.campaigns import an_offer
from tests.factories.orders import a_pending_order, line_id_of, the_visit_of
from tests.races.serving import open_today
from tests.simulators.receiver import Letter, Receiver
from tests.simulators.stripe.fixtures import SECRET, RunningFake, receiver, stripe_fake, stripe_server

__all__ = ["receiver", "stripe_fake", "stripe_server"]

CARD = {"card_number": "4242424242424242", "card_expiry": "12 / 40", "card_cvc": "123", "card_name": "Wang"}
REFUSED = {**CARD, "card_number": "4000000000000002"}
BOSS = Actor(kind="person", name="老板")


@pytest.fixture
def channel(in_acme: StoreRef, stripe_fake: RunningFake, receiver: Receiver, settings: Any) -> Channel:
    """Stripe with the store's keys, tried and switched on, at the fake's own hour: the real one."""
    settings.LINLI_PAYMENT_HOSTS = {"wechat": "", "wechat_login": "", "alipay": "", "stripe": stripe_fake.url}
    by: dict[str, Any] = {"by_name": "老板", "by_email": "boss@acme.test", "now": datetime.now(UTC)}
    keys = StripeKeys(api_key="sk_test_store", webhook_secret=SECRET)
    channel = configure_channel(draft=ChannelDraft(provider=STRIPE, keys=keys, ways=["stripe"]), **by)
    assert check_channel(provider=STRIPE, now=by["now"]).is_good
    switch_channel(provider=STRIPE, on=True, **by)
    channel.refresh_from_db()
    return channel


def an_order_at_stripe(quantity: int = 3) -> tuple[Order, Payment]:
    now = datetime.now(UTC)
    item = an_offer(in_stock=10)
    open_today(now)
    order = a_pending_order(item, quantity=quantity, now=now)
    return order, start_payment(order_id=order.id, member=order.member, method="stripe", key="k", now=now).payment


def heard(channel: Channel, receiver: Receiver, fake: RunningFake, *, copies: int = 1) -> list[Letter]:
    """Carry Stripe's letters to the store's own address, the latest first; return them."""
    fake.delivered()
    letters, receiver.letters[:] = list(receiver.letters), []
    for letter in [*reversed(letters)] * copies:
        answer = tell(channel, letter)
        assert answer.status_code == 200, answer.content
    return letters


def tell(channel: Channel, letter: Letter, *, host: str = "acme.linli.test") -> Any:
    path = f"/api/v1/webhooks/pay/{channel.endpoint}"
    client = Client(headers={"host": host, "Stripe-Signature": letter.signature})
    return client.post(path, letter.body, content_type="application/json")


def states(order: Order) -> tuple[str, int, int]:
    order.refresh_from_db()
    return order.state, order.paid_minor, order.refunded_minor


def test_is_paid_handed_out_and_given_back_in_parts(
    channel: Channel, stripe_fake: RunningFake, receiver: Receiver
) -> None:
    order, payment = an_order_at_stripe()
    assert payment.opened
    page = payment.opened["redirect_url"]
    stripe_fake.http.post(page, data=REFUSED)
    heard(channel, receiver, stripe_fake)
    assert states(order) == (OrderState.PENDING_PAYMENT, 0, 0)

    stripe_fake.http.post(page, data=CARD)
    letters = heard(channel, receiver, stripe_fake, copies=3)

    assert "checkout.session.completed" in {letter.event["type"] for letter in letters}
    assert states(order) == (OrderState.PAID, 3870, 0)
    payment.refresh_from_db()
    assert (payment.state, payment.provider_ref[:3]) == (PaymentState.SUCCEEDED, "pi_")  # type: ignore[index]
    assert OutboxFact.objects.filter(meter="order_paid").count() == 1
    with pytest.raises(NotPayable):
        start_payment(order_id=order.id, member=order.member, method="stripe", key="k2", now=datetime.now(UTC))

    hand_over(
        pickup_id=the_visit_of(order).id,
        leader=order.leader,
        lines=[HandedLine(line_id_of(order), 1)],
        by_name="李姐",
        now=datetime.now(UTC),
    )
    wish = [WantedRefund(line_id_of(order), quantity=1)]
    refund_lines(order_id=order.pk, wanted=wish, reason="坏果", actor=BOSS, key="r1", now=datetime.now(UTC))
    watch_payments(now=datetime.now(UTC) + timedelta(seconds=1))
    assert states(order) == (OrderState.PARTLY_PICKED, 3870, 1290)
    refund_whole(order_id=order.pk, reason="全退", actor=BOSS, key="r2", now=datetime.now(UTC))
    watch_payments(now=datetime.now(UTC) + timedelta(seconds=1))
    heard(channel, receiver, stripe_fake, copies=2)

    assert states(order) == (OrderState.PICKED_UP, 3870, 3870)  # one piece was fetched, and given back too
    assert set(Refund.objects.values_list("state", "amount_minor")) == {
        (RefundState.SUCCEEDED, 1290),
        (RefundState.SUCCEEDED, 2580),
    }
    assert balance_of(book=Book.CLEARING) == balance_of(book=Book.ORDER, party_id=order.pk) == 0


def test_silence_after_the_charge_is_asked_about(channel: Channel, stripe_fake: RunningFake) -> None:
    order, payment = an_order_at_stripe(1)
    assert payment.opened
    stripe_fake.http.post(payment.opened["redirect_url"], data=CARD)  # and no letter ever comes

    watch_payments(now=datetime.now(UTC) + timedelta(minutes=1))

    assert states(order) == (OrderState.PAID, 1290, 0)


def test_forged_and_foreign_letters_move_nothing(
    channel: Channel, stripe_fake: RunningFake, receiver: Receiver, rival: StoreRef
) -> None:
    order, payment = an_order_at_stripe(1)
    assert payment.opened
    stripe_fake.http.post(payment.opened["redirect_url"], data=CARD)
    stripe_fake.delivered()
    letter = next(one for one in receiver.letters if one.event["type"] == "checkout.session.completed")

    forged = Letter(letter.body, letter.signature[:-4] + "0000")
    bent = Letter(letter.body.replace(b"1290", b"0001"), letter.signature)
    answers = [tell(channel, forged), tell(channel, bent), tell(channel, letter, host="rival.linli.test")]

    assert [answer.status_code for answer in answers] == [403, 403, 404]
    assert states(order) == (OrderState.PENDING_PAYMENT, 0, 0)
    with in_control():
        assert not OutsideEvent.objects.exists()


@pytest.mark.parametrize("outcome", ["win", "lose"])
def test_what_a_bank_takes_back_is_a_difference_until_it_ends(
    channel: Channel, stripe_fake: RunningFake, receiver: Receiver, outcome: str
) -> None:
    order, payment = an_order_at_stripe(1)
    assert payment.opened
    stripe_fake.http.post(payment.opened["redirect_url"], data=CARD)
    heard(channel, receiver, stripe_fake)
    payment.refresh_from_db()

    dispute = stripe_fake.pull("disputes", payment_intent=payment.provider_ref)
    heard(channel, receiver, stripe_fake, copies=2)
    found = Difference.objects.get(kind=DifferenceKind.DISPUTE)
    assert (found.state, found.ours_minor, found.theirs_minor) == (DifferenceState.OPEN, 1290, 0)
    assert (found.order_id_hint, found.key) == (order.pk, payment.key)
    assert states(order) == (OrderState.PAID, 1290, 0)  # the shop decides, not the bank's letter

    reconcile_day(channel=channel, day=found.day, now=datetime.now(UTC))
    found.refresh_from_db()
    assert found.state == DifferenceState.OPEN  # the statement of charges knows nothing of it
    stripe_fake.pull("disputes/end", dispute=dispute["id"], outcome=outcome)
    heard(channel, receiver, stripe_fake, copies=2)

    found.refresh_from_db()
    assert found.state == (DifferenceState.GONE if outcome == "win" else DifferenceState.OPEN)
    with in_control():
        assert not OutsideEvent.objects.filter(state__in=(EventState.FAILED, EventState.RECEIVED)).exists()


def test_a_dispute_that_was_won_before_it_was_told_of_stays_won(
    channel: Channel, stripe_fake: RunningFake, receiver: Receiver
) -> None:
    _order, payment = an_order_at_stripe(1)
    assert payment.opened
    stripe_fake.http.post(payment.opened["redirect_url"], data=CARD)
    heard(channel, receiver, stripe_fake)
    payment.refresh_from_db()
    dispute = stripe_fake.pull("disputes", payment_intent=payment.provider_ref)
    stripe_fake.pull("disputes/end", dispute=dispute["id"], outcome="win")

    letters = heard(channel, receiver, stripe_fake)  # the latest first

    assert [one.event["type"] for one in letters if "funds" in one.event["type"]] == [
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    ]
    assert Difference.objects.get(kind=DifferenceKind.DISPUTE).state == DifferenceState.GONE


def test_a_refund_that_comes_back_from_the_bank_is_a_difference_until_a_person_explains(
    channel: Channel, stripe_fake: RunningFake, receiver: Receiver
) -> None:
    order, payment = an_order_at_stripe(1)
    assert payment.opened
    stripe_fake.http.post(payment.opened["redirect_url"], data={**CARD, "card_number": "4000000000005126"})
    heard(channel, receiver, stripe_fake)
    refund_whole(order_id=order.pk, reason="全退", actor=BOSS, key="r", now=datetime.now(UTC))
    watch_payments(now=datetime.now(UTC) + timedelta(seconds=1))
    assert Refund.objects.get().state == RefundState.SUCCEEDED

    stripe_fake.pull("clock", advance_seconds=61)
    for _twice in range(2):
        stripe_fake.delivered()
        for letter in receiver.letters:
            with clock.at(datetime.now(UTC) + timedelta(seconds=61)):
                assert tell(channel, letter).status_code == 200

    refund, found = Refund.objects.get(), Difference.objects.get()
    assert (refund.state, refund.failure) == (RefundState.SUCCEEDED, "lost_or_stolen_card")
    assert (found.kind, found.subject, found.key) == (DifferenceKind.STATE, "refund", refund.key)
    assert (found.state, found.ours_minor, found.order_id_hint) == (DifferenceState.OPEN, 1290, order.pk)
    assert JournalEntry.objects.filter(what="refund.bounced").count() == 1
    # The statement says that it went and came back: still nobody has the money who should
    reconcile_day(channel=channel, day=found.day, now=datetime.now(UTC))
    found.refresh_from_db()
    assert found.state == DifferenceState.OPEN
    explain_difference(difference_id=found.pk, note="已转账", by_name="老板", now=datetime.now(UTC))
    reconcile_day(channel=channel, day=found.day, now=datetime.now(UTC))
    found.refresh_from_db()
    assert found.state == DifferenceState.EXPLAINED
