"""The merchant's addresses: added, edited, paused, given a new secret, taken away."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.merchants.limits import keep_to_features
from kit.errors import Kind, Refused
from kit.ids import new_id
from kit.ports.outside import check_address
from kit.tenancy import current_store
from tenants.integrations.events import EVENTS
from tenants.integrations.models import EndpointState, WebhookEndpoint
from tenants.integrations.signing import new_secret, sealed
from tenants.journal.services import Actor, record

BOTH_SIGN_FOR = timedelta(hours=24)
_MOST = 10


class EndpointMissing(Refused):
    """There is no such endpoint in this store."""

    code, kind, sentence = "endpoint_missing", Kind.MISSING, _("没有找到这个回调地址。")


class NoEvents(Refused):
    """An endpoint must be told something."""

    code, kind, sentence = "no_events", Kind.INVALID, _("请至少选一种通知。")


class TooManyEndpoints(Refused):
    """There are ten."""

    code, kind, sentence = "too_many_endpoints", Kind.CONFLICT, _("最多 10 个回调地址，请先删除不用的。")


def add_endpoint(
    *, url: str, event_types: Collection[str], by: str, by_name: str, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """Add an address and return it with its secret, which is shown once.

    :raises FeatureNotInPlan, BadAddress, NoEvents, TooManyEndpoints:
    """
    keep_to_features(merchant_id=current_store().merchant_id, what="webhooks")
    address, kinds = check_address(url), _known(event_types)
    with transaction.atomic():
        if WebhookEndpoint.objects.count() >= _MOST:
            raise TooManyEndpoints
        secret = new_secret()
        endpoint = WebhookEndpoint(id=new_id(), url=address, event_types=kinds, created_at=now, created_by=by)
        endpoint.secret_sealed = sealed(secret, endpoint)
        endpoint.save()
        _note("endpoint.added", endpoint, by, by_name, now)
    return endpoint, secret


def edit_endpoint(
    *, endpoint_id: UUID, url: str, event_types: Collection[str], by: str, by_name: str, now: datetime
) -> WebhookEndpoint:
    """Change where and what is told. :raises EndpointMissing, BadAddress, NoEvents:"""
    address, kinds = check_address(url), _known(event_types)
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        endpoint.url, endpoint.event_types = address, kinds
        endpoint.save(update_fields=["url", "event_types"])
        _note("endpoint.edited", endpoint, by, by_name, now)
    return endpoint


def change_secret(*, endpoint_id: UUID, by: str, by_name: str, now: datetime) -> tuple[WebhookEndpoint, str]:
    """Give an endpoint a new secret; for a day the former signs too. :raises EndpointMissing:"""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        secret = new_secret()
        endpoint.former_secret_sealed, endpoint.former_until = endpoint.secret_sealed, now + BOTH_SIGN_FOR
        endpoint.secret_sealed = sealed(secret, endpoint)
        endpoint.save(update_fields=["former_secret_sealed", "former_until", "secret_sealed"])
        _note("endpoint.secret_changed", endpoint, by, by_name, now)
    return endpoint, secret


def pause_endpoint(*, endpoint_id: UUID, by: str, by_name: str, now: datetime) -> WebhookEndpoint:
    """Send nothing until resumed; what happens meanwhile waits. :raises EndpointMissing:"""
    return _put(endpoint_id, EndpointState.PAUSED, by, by_name, now)


def resume_endpoint(*, endpoint_id: UUID, by: str, by_name: str, now: datetime) -> WebhookEndpoint:
    """Send again, also to one that we had given up. :raises EndpointMissing:"""
    return _put(endpoint_id, EndpointState.ACTIVE, by, by_name, now)


def remove_endpoint(*, endpoint_id: UUID, by: str, by_name: str, now: datetime) -> None:
    """Take an address away with its deliveries. :raises EndpointMissing:"""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        _note("endpoint.removed", endpoint, by, by_name, now)
        endpoint.delete()


def _put(endpoint_id: UUID, state: EndpointState, by: str, by_name: str, now: datetime) -> WebhookEndpoint:
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        endpoint.state = state
        if state == EndpointState.ACTIVE:
            endpoint.failing_since, endpoint.disabled_reason = None, ""
        endpoint.save(update_fields=["state", "failing_since", "disabled_reason"])
        _note(f"endpoint.{state.value}", endpoint, by, by_name, now)
    return endpoint


def _locked(endpoint_id: UUID) -> WebhookEndpoint:
    endpoint: WebhookEndpoint | None = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        raise EndpointMissing
    return endpoint


def _known(event_types: Collection[str]) -> list[str]:
    known = [kind for kind in EVENTS if kind in event_types]
    if not known or len(known) != len(set(event_types)):
        raise NoEvents(fields={"event_types": [NoEvents.sentence]})
    return known


def _note(what: str, endpoint: WebhookEndpoint, by: str, by_name: str, now: datetime) -> None:
    record(what=what, subject=endpoint, at=now, actor=Actor(kind="person", id=by, name=by_name), url=endpoint.url)
