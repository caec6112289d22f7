"""What a plan lacks or has no more of: a page that leads on, never a closed door; nothing that is there is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control, in_store
from tenants.integrations.models import WebhookDelivery, WebhookEndpoint
from tenants.integrations.services.announce import announce
from tenants.leaders.models import PickupPoint
from tests.tenants.backoffice.test_leaders import TYPED
from tests.tenants.shelf import NOON, a_point, a_sku
from tests.tenants.tracing.test_batches import a_batch

PLANS = "/backoffice/account/plans"


def plan(store: StoreRef, **limits: Any) -> None:
    with in_control():
        Merchant.objects.filter(pk=store.merchant_id).update(limits=limits)


@pytest.mark.parametrize("page", ["batches", "batches/allocation"])
def test_a_plan_without_batches_shows_the_way_up(acme: StoreRef, desk: Client, page: str) -> None:
    plan(acme, features=["api_read"])
    answer = desk.get(f"/backoffice/{page}")

    assert answer.status_code == 402
    assert "当前套餐没有这个功能" in answer.content.decode()
    assert PLANS in answer.content.decode()

    plan(acme, features=["batches"])
    assert desk.get(f"/backoffice/{page}").status_code == 200


def test_what_is_there_can_still_be_stopped(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        batch = a_batch(a_sku(), "F1", days=5)
    plan(acme, features=[])

    assert desk.get(f"/backoffice/batches/{batch.pk}").status_code == 200
    answer = desk.post(f"/backoffice/batches/{batch.pk}/hold", {"reason": "客户投诉有异味"})
    assert answer.status_code == 303
    with in_store(acme):
        batch.refresh_from_db()
    assert batch.state == "hold"
    assert desk.post(f"/backoffice/batches/{batch.pk}/rule", {}).status_code == 402
    assert desk.get("/backoffice/recalls").status_code == 200


def test_a_city_more_shows_the_way_up_and_the_one_served_goes_on(acme: StoreRef, desk: Client) -> None:
    with in_store(acme):
        point = a_point()
    plan(acme, cities=1)
    typed = {**TYPED, "name": "二期", "point_name": "二期", "latitude": "30.26", "longitude": "120.19"}

    answer = desk.post(f"/backoffice/leaders/{point.leader_id}/points/new", {**typed, "city": "杭州"})
    assert answer.status_code == 402
    assert "城市名额用完了" in answer.content.decode()
    assert PLANS in answer.content.decode()
    near = {**typed, "city": point.city, "latitude": "31.25", "longitude": "121.50"}
    assert desk.post(f"/backoffice/leaders/{point.leader_id}/points/new", near).status_code == 303
    with in_store(acme):
        assert PickupPoint.objects.count() == 2


def test_a_plan_that_lost_webhooks_tells_nobody_until_it_has_them_again(acme: StoreRef) -> None:
    with in_store(acme):
        WebhookEndpoint.objects.create(
            url="https://erp.example.com/", event_types=["order.paid"], secret_sealed="x", created_at=NOON
        )
    for features, told in (([], 0), (["webhooks"], 1)):
        plan(acme, features=features)
        with in_store(acme):
            announce(kind="order.paid", key=f"{told}", about={}, at=NOON + timedelta(minutes=told))
            assert WebhookDelivery.objects.count() == told
