"""The account's own limits: keys, webhooks and domains beyond the plan lead to the plans, with words and no loss."""

from typing import Any

import pytest
from django.test import Client

from control.domains.models import CustomDomain
from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control, in_store
from tenants.integrations.models import ApiKey, WebhookEndpoint
from tests.factories.times import NOW
from tests.isolation.visitors import signed_in_staff

HERE = "/backoffice/account"


@pytest.fixture
def owner(acme: StoreRef) -> Client:
    return signed_in_staff(acme)


def plan(store: StoreRef, **limits: Any) -> None:
    with in_control():
        Merchant.objects.filter(pk=store.merchant_id).update(limits=limits)


@pytest.mark.parametrize("page", ["open/keys/new", "open/endpoints/new"])
def test_a_plan_without_the_open_platform_shows_the_way_up(acme: StoreRef, owner: Client, page: str) -> None:
    plan(acme, features=[])
    given = {"name": "ERP", "scopes": ["goods:read"], "days": "90", "url": "https://a.example.com/", "event_types": "x"}

    for answer in (owner.get(f"{HERE}/{page}"), owner.post(f"{HERE}/{page}", given)):
        assert answer.status_code == 402
        assert f"{HERE}/plans" in answer.content.decode()
    with in_store(acme):
        assert (ApiKey.objects.count(), WebhookEndpoint.objects.count()) == (0, 0)


def test_a_plan_that_reads_says_so_beside_a_key_that_writes(acme: StoreRef, owner: Client) -> None:
    plan(acme, features=["api_read"])
    given = {"name": "ERP", "scopes": ["stock:write"], "days": "90"}

    answer = owner.post(f"{HERE}/open/keys/new", given)
    assert answer.status_code == 422
    assert "不含这项接口权限" in answer.content.decode()
    assert f"{HERE}/plans" in answer.content.decode()
    assert "lk_" in owner.post(f"{HERE}/open/keys/new", {**given, "scopes": ["goods:read"]}).content.decode()


def test_addresses_that_are_no_longer_told_anything_say_so(acme: StoreRef, owner: Client) -> None:
    with in_store(acme):
        WebhookEndpoint.objects.create(url="https://a.example.com/", event_types=[], secret_sealed="x", created_at=NOW)
    assert "不再收到新通知" not in owner.get(f"{HERE}/open").content.decode()
    plan(acme, features=["api_read"])
    assert "不再收到新通知" in owner.get(f"{HERE}/open").content.decode()


def test_a_domain_more_than_the_plan_has_shows_the_way_up(acme: StoreRef, owner: Client) -> None:
    plan(acme, domains=1)
    assert owner.post(f"{HERE}/domains", {"domain": "shop.example.com"}).status_code == 303

    answer = owner.post(f"{HERE}/domains", {"domain": "two.example.com"})
    assert answer.status_code == 402
    assert "域名名额用完了" in answer.content.decode()
    assert f"{HERE}/plans" in answer.content.decode()
    with in_control():
        assert CustomDomain.objects.filter(merchant_id=acme.merchant_id).count() == 1
