"""What happened is told at least once, signed, on time, and never where it must not go."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from standardwebhooks import Webhook

from control.merchants.models import Merchant
from control.people.models import Role
from control.people.services import give_seat, register_person
from control.post.models import Letter
from kit import clock
from kit.ports import outside
from kit.tenancy import StoreRef, in_control, in_store
from kit.tenancy.tasks import StoreUnavailable
from tenants.integrations.models import (
    DeliveryState,
    EndpointState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from tenants.integrations.selectors import due_deliveries
from tenants.integrations.services import deliver as delivering
from tenants.integrations.services.announce import TooLong, announce
from tenants.integrations.services.courier import carry
from tenants.integrations.services.deliver import GIVE_UP_AFTER, WAITS, deliver
from tenants.integrations.services.endpoints import change_secret, pause_endpoint, resume_endpoint
from tenants.integrations.services.replay import NotReceiving, replay
from tests.database import own_database
from tests.factories.times import NOW
from tests.simulators.hooks import HUGE, Receiver
from tests.stores import store_ref

Hooked = tuple[WebhookEndpoint, str]
WHO = {"by": "boss@acme.test", "by_name": "老板"}


def told(key: str = "1", at: Any = NOW) -> WebhookDelivery:
    event = announce(kind="order.paid", key=key, about={"order_id": key}, at=at)
    assert event
    return WebhookDelivery.objects.get(event=event)


def tried(delivery: WebhookDelivery, at: Any = NOW) -> WebhookDelivery:
    found = deliver(delivery_id=delivery.pk, now=at)
    assert found
    return found


class TestTelling:
    def test_a_letter_is_signed_as_the_standard_says(self, hooked: Hooked, receiver: Receiver) -> None:
        # the verifier allows five minutes of its own clock, so this one is told the present
        now = clock.now()
        delivery = told(at=now)

        assert tried(delivery, now).state == DeliveryState.DELIVERED

        (heard,) = receiver.heard
        said = Webhook(hooked[1]).verify(heard.body, heard.headers)
        assert said["type"] == "order.paid"
        assert said["data"] == {"store": "acme", "order_id": "1"}
        assert heard.headers["webhook-id"] == delivery.event.message_id

    def test_while_a_secret_changes_both_verify_and_then_only_the_new_one(
        self, hooked: Hooked, receiver: Receiver
    ) -> None:
        now = clock.now()
        _endpoint, fresh = change_secret(endpoint_id=hooked[0].pk, now=now, **WHO)
        tried(told("1", now), now)
        WebhookEndpoint.objects.update(former_until=now)
        tried(told("2", now), now)

        both, one = receiver.heard
        for secret in (hooked[1], fresh):
            Webhook(secret).verify(both.body, both.headers)
        Webhook(fresh).verify(one.body, one.headers)
        with pytest.raises(Exception, match="No matching signature"):
            Webhook(hooked[1]).verify(one.body, one.headers)

    def test_one_row_an_event_and_endpoint_however_often_it_is_announced(self, hooked: Hooked) -> None:
        told("1")
        assert announce(kind="order.paid", key="1", about={}, at=NOW) is None

        assert WebhookDelivery.objects.count() == WebhookEvent.objects.count() == 1

    def test_nobody_asked_nothing_is_written(self, in_acme: StoreRef) -> None:
        assert announce(kind="order.paid", key="1", about={}, at=NOW) is None
        assert not WebhookEvent.objects.exists()

    def test_two_workers_make_one_try(self, hooked: Hooked, receiver: Receiver) -> None:
        delivery = told()
        tried(delivery)

        assert deliver(delivery_id=delivery.pk, now=NOW) is None
        assert len(receiver.heard) == 1

    def test_too_many_words_are_refused_at_the_story(self, hooked: Hooked) -> None:
        with pytest.raises(TooLong):
            announce(kind="order.paid", key="1", about={"x": "字" * 7000}, at=NOW)

    def test_a_secret_copied_to_another_store_opens_nothing(
        self, hooked: Hooked, rival: StoreRef, receiver: Receiver
    ) -> None:
        copied = WebhookEndpoint.objects.values().get()
        with in_store(rival):
            WebhookEndpoint.objects.create(**copied)
            event = announce(kind="order.paid", key="9", about={}, at=NOW)
            delivery = WebhookDelivery.objects.get(event=event)
            deliver(delivery_id=delivery.pk, now=NOW)

            assert WebhookAttempt.objects.get().failure == "no_secret"
        assert receiver.heard == []


class TestMisbehaviour:
    @pytest.mark.parametrize("how", [500, 404, 302, 429, 503, "reset"])
    def test_is_tried_again_on_the_schedule_with_the_same_id(
        self, hooked: Hooked, receiver: Receiver, how: int | str
    ) -> None:
        receiver.answers = [how]
        delivery = tried(told())

        assert delivery.state == DeliveryState.PENDING
        assert delivery.next_at
        wait = delivery.next_at - NOW
        assert wait == (timedelta(seconds=600) if how == 429 else WAITS[0])
        assert deliver(delivery_id=delivery.pk, now=NOW) is None
        again = tried(delivery, delivery.next_at)
        assert again.state == DeliveryState.DELIVERED
        assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 1
        assert {attempt.status for attempt in WebhookAttempt.objects.all()} == {
            None if how == "reset" else how,
            200,
        }

    def test_the_whole_schedule_and_then_no_more(self, hooked: Hooked, receiver: Receiver) -> None:
        receiver.answers = [500] * 20
        delivery, now, waits = told(), NOW, []
        while delivery.state == DeliveryState.PENDING:
            delivery = tried(delivery, now)
            if delivery.next_at:
                waits.append(delivery.next_at - now)
                now = delivery.next_at

        assert tuple(waits) == WAITS
        assert delivery.state == DeliveryState.FAILED
        assert len(receiver.heard) == len(WAITS) + 1

    def test_a_redirect_is_not_followed(self, hooked: Hooked, receiver: Receiver) -> None:
        receiver.answers = ["redirect"]

        assert tried(told()).state == DeliveryState.PENDING
        assert len(receiver.heard) == 1
        assert WebhookAttempt.objects.get().status == 302

    def test_a_huge_answer_is_not_read(self, hooked: Hooked, receiver: Receiver) -> None:
        receiver.answers = ["huge"]

        assert tried(told()).state == DeliveryState.DELIVERED
        assert receiver.sent < HUGE

    def test_a_slow_one_is_given_up(self, hooked: Hooked, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outside, "SECONDS", 0.1)
        receiver.answers = ["slow"]

        tried(told())

        assert WebhookAttempt.objects.get().failure == "timeout"

    def test_gone_is_believed_and_the_owner_is_told(self, hooked: Hooked, receiver: Receiver) -> None:
        _an_owner()
        receiver.answers = [410]
        first, second = told("1"), told("2")

        assert tried(first).state == DeliveryState.FAILED
        assert WebhookEndpoint.objects.get().state == EndpointState.DISABLED
        assert deliver(delivery_id=second.pk, now=NOW) is None
        with in_control():
            assert receiver.url in Letter.objects.get().text

    def test_five_days_of_failing_end_it_with_one_letter(self, hooked: Hooked, receiver: Receiver) -> None:
        _an_owner()
        receiver.answers = [500] * 9
        tried(told("1"))
        tried(told("2", NOW + GIVE_UP_AFTER - timedelta(minutes=1)), NOW + GIVE_UP_AFTER - timedelta(minutes=1))
        assert WebhookEndpoint.objects.get().state == EndpointState.ACTIVE

        tried(told("3", NOW + GIVE_UP_AFTER), NOW + GIVE_UP_AFTER)

        assert WebhookEndpoint.objects.get().disabled_reason == "failing"
        with in_control():
            assert Letter.objects.count() == 1

    def test_one_success_in_between_begins_the_five_days_anew(self, hooked: Hooked, receiver: Receiver) -> None:
        receiver.answers = [500, 200, 500]
        for number, at in enumerate((NOW, NOW + timedelta(hours=119), NOW + timedelta(hours=121))):
            tried(told(str(number), at), at)

        assert WebhookEndpoint.objects.get().failing_since == NOW + timedelta(hours=121)


class TestByHand:
    def test_a_replay_sends_the_same_again(self, hooked: Hooked, receiver: Receiver) -> None:
        delivery = tried(told())

        replay(delivery_id=delivery.pk, now=NOW)
        tried(delivery)

        first, second = receiver.heard
        assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])

    def test_what_happens_during_a_pause_waits(self, hooked: Hooked, receiver: Receiver) -> None:
        pause_endpoint(endpoint_id=hooked[0].pk, now=NOW, **WHO)
        delivery = told()
        assert due_deliveries(NOW) == []
        with pytest.raises(NotReceiving):
            replay(delivery_id=delivery.pk, now=NOW)

        resume_endpoint(endpoint_id=hooked[0].pk, now=NOW, **WHO)

        assert due_deliveries(NOW) == [delivery.pk]


class TestAcrossStoresAndStates:
    def test_a_suspended_stores_letters_wait_and_go_out_after_it_resumes(
        self, hooked: Hooked, acme: StoreRef, receiver: Receiver
    ) -> None:
        delivery = told(at=NOW)
        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(state="suspended")
        with pytest.raises(StoreUnavailable):
            carry(store=str(acme.merchant_id), delivery_id=str(delivery.pk))
        assert receiver.heard == []

        with in_control():
            Merchant.objects.filter(pk=acme.merchant_id).update(state="active")
        with clock.at(NOW):
            carry(store=str(acme.merchant_id), delivery_id=str(delivery.pk))

        assert len(receiver.heard) == 1

    def test_an_endpoint_of_acme_hears_nothing_of_rival(
        self, hooked: Hooked, rival: StoreRef, receiver: Receiver
    ) -> None:
        with in_store(rival):
            assert announce(kind="order.paid", key="1", about={}, at=NOW) is None
            assert deliver(delivery_id=told_in_acme(hooked), now=NOW) is None

        assert receiver.heard == []


def told_in_acme(hooked: Hooked) -> Any:
    with in_store(store_ref("acme")):
        return told("7").pk


class TestNoTransactionIsOpenMeanwhile:
    def test_while_the_other_side_thinks(
        self, django_db_setup: str, django_db_blocker: Any, worker_id: str, receiver: Receiver
    ) -> None:
        seen: list[bool] = []
        real = outside.post_outside

        def looking(**said: Any) -> Any:
            seen.append(connection.in_atomic_block)
            return real(**said)

        with (
            django_db_blocker.unblock(),
            own_database(worker=f"hooks_{worker_id}"),
            pytest.MonkeyPatch.context() as patched,
            in_store(store_ref("acme")),
            clock.at(NOW),
        ):
            patched.setattr(delivering, "post_outside", looking)
            from tenants.integrations.services.endpoints import add_endpoint

            add_endpoint(url=receiver.url, event_types=["order.paid"], now=NOW, **WHO)
            announce(kind="order.paid", key="1", about={}, at=NOW)  # carried when its transaction commits
            assert WebhookDelivery.objects.get().state == DeliveryState.DELIVERED
            connection.close()

        assert seen == [False]
        assert json.loads(receiver.heard[0].body)["type"] == "order.paid"


def _an_owner() -> None:
    with in_control():
        person = register_person(
            email="boss@acme.test", phone="13800000009", password="青菜-豆腐-88", name="老板", now=NOW
        )
        give_seat(person=person, merchant_id=store_ref("acme").merchant_id, role=Role.OWNER, now=NOW)
