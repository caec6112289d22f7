"""The open platform's pages: made by the owner, shown once, tried, paused and replayed by hand."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from control.people.models import Role, Seat
from kit import clock
from kit.tenancy import StoreRef, in_control, in_store
from tenants.integrations.models import ApiKey, DeliveryState, WebhookDelivery, WebhookEndpoint
from tenants.integrations.services.deliver import deliver
from tests.factories.times import NOW
from tests.isolation.visitors import signed_in_staff
from tests.simulators.hooks import Receiver
from tests.stores import store_ref

HERE = "/backoffice/account/open"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def owner(acme: StoreRef) -> Client:
    return signed_in_staff(acme)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    one.start()
    yield one
    one.stop()


def a_key(owner: Client) -> str:
    answer = owner.post(f"{HERE}/keys/new", {"name": "ERP", "scopes": ["goods:read"], "days": "90"})
    found = re.search(r"lk_[\w-]{40,}", answer.content.decode())
    assert found
    assert "no-store" in answer["Cache-Control"]
    return found.group()


def an_endpoint(owner: Client, receiver: Receiver) -> str:
    answer = owner.post(f"{HERE}/endpoints/new", {"url": receiver.url, "event_types": ["order.paid"]})
    assert "whsec_" in answer.content.decode()
    with in_store(store_ref("acme")):
        return f"{HERE}/endpoints/{WebhookEndpoint.objects.get().pk}"


class TestKeys:
    def test_a_key_is_shown_once_and_works(self, owner: Client, acme: StoreRef) -> None:
        text = a_key(owner)

        page = owner.get(HERE).content.decode()
        assert text not in page
        assert text[:9] in page
        program = Client(headers={"host": "acme.linli.test", "authorization": f"Bearer {text}"})
        assert program.get("/api/v1/open/products").status_code == 200

    def test_a_revoked_one_stops(self, owner: Client, acme: StoreRef) -> None:
        text = a_key(owner)
        with in_store(acme):
            key = ApiKey.objects.get()

        owner.post(f"{HERE}/keys/{key.pk}/revocation")

        program = Client(headers={"host": "acme.linli.test", "authorization": f"Bearer {text}"})
        assert program.get("/api/v1/open/products").status_code == 401

    def test_nothing_ticked_is_said_beside_the_field(self, owner: Client) -> None:
        answer = owner.post(f"{HERE}/keys/new", {"name": "ERP", "days": "90"})

        assert answer.status_code == 422
        assert "请至少选一项权限" in answer.content.decode()

    def test_a_clerk_sees_and_changes_nothing(self, owner: Client, acme: StoreRef) -> None:
        with in_control():
            Seat.objects.filter(merchant_id=acme.merchant_id).update(role=Role.CLERK)

        assert owner.get(HERE).status_code == 200
        assert owner.post(f"{HERE}/keys/new", {"name": "ERP", "scopes": ["goods:read"]}).status_code == 403

    def test_another_stores_key_is_not_there(self, owner: Client, acme: StoreRef, rival: StoreRef) -> None:
        a_key(owner)
        with in_store(acme):
            key = ApiKey.objects.get()

        assert signed_in_staff(rival).post(f"{HERE}/keys/{key.pk}/revocation").status_code == 404


class TestEndpoints:
    def test_tested_paused_resumed_replayed_and_removed(
        self, owner: Client, acme: StoreRef, receiver: Receiver
    ) -> None:
        here = an_endpoint(owner, receiver)
        owner.post(f"{here}/test")
        with in_store(acme):
            delivery = WebhookDelivery.objects.get()
            deliver(delivery_id=delivery.pk, now=NOW)
        page = owner.get(here).content.decode()
        assert "200" in page
        assert "已送达" in page

        owner.post(f"{HERE}/deliveries/{delivery.pk}/replay")
        with in_store(acme):
            assert WebhookDelivery.objects.get().state == DeliveryState.PENDING
        owner.post(f"{here}/pause")
        assert "已暂停" in owner.get(here).content.decode()
        assert owner.post(f"{HERE}/deliveries/{delivery.pk}/replay").status_code == 409
        owner.post(f"{here}/resume")
        assert "whsec_" in owner.post(f"{here}/secret").content.decode()
        owner.post(f"{here}/edit", {"url": receiver.url, "event_types": ["campaign.closed"]})
        with in_store(acme):
            assert WebhookEndpoint.objects.get().event_types == ["campaign.closed"]
        owner.post(f"{here}/removal")
        assert owner.get(here).status_code == 404

    def test_an_address_of_ours_is_refused_beside_the_field(self, owner: Client, settings: Any) -> None:
        settings.LINLI_OUTSIDE_LOOPBACK = False

        answer = owner.post(f"{HERE}/endpoints/new", {"url": "http://10.0.0.1/", "event_types": ["order.paid"]})

        assert answer.status_code == 422
        assert "https://" in answer.content.decode()

    def test_the_page_costs_the_same_however_much_was_told(
        self, owner: Client, acme: StoreRef, receiver: Receiver, django_assert_max_num_queries: Any
    ) -> None:
        here = an_endpoint(owner, receiver)
        for _each in range(4):
            owner.post(f"{here}/test")
        owner.get(here)

        with django_assert_max_num_queries(22):
            owner.get(here)
