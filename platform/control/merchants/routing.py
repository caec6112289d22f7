"""The host decides, nothing else: which store a request enters, or the platform, or nothing."""

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone

from control.merchants.directory import store_at
from control.merchants.models import DESK_STATES, OPEN_STATES
from kit.tenancy import StoreRef, in_control, in_store
from kit.web.closed import closed_page

_HOST = re.compile(r"^(?P<name>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)\.?(:\d{1,5})?$")
# Paths that stay reachable while a store is closed to shoppers: staff must be able to pay and export.
_DESK_PATHS = ("/backoffice/", "/static/", "/media/", "/healthz")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def plain_host(raw: str) -> str | None:
    """Normalise a Host header once: lower case, no port, no final dot; None when it is not a host name."""
    match = _HOST.match(raw.strip().lower())
    return match["name"] if match else None


class StoreRoutingMiddleware:
    """Opens the scope of the host's store (or of the control plane) around the whole request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":  # the process is up; says nothing of any store
            return HttpResponse("ok", content_type="text/plain")
        host = plain_host(request.META.get("HTTP_HOST", ""))
        if host == settings.LINLI_DOMAIN:
            with in_control():
                return self.get_response(request)
        ref = store_at(host) if host else None
        if ref is None:
            return HttpResponseNotFound("404 没有这个店铺 · No such store\n", content_type="text/plain; charset=utf-8")
        request.urlconf = settings.LINLI_STORE_URLCONF
        request.store = ref  # type: ignore[attr-defined]
        with (
            in_store(ref),
            timezone.override(ZoneInfo(ref.timezone)),
            structlog.contextvars.bound_contextvars(store=ref.slug),
        ):
            return self._closed(request, ref) or self.get_response(request)

    def _closed(self, request: HttpRequest, ref: StoreRef) -> HttpResponse | None:
        if ref.state in OPEN_STATES:
            return None
        # What a payment company tells us is recorded whatever the store's state: the money has moved.
        if request.path.startswith("/api/v1/webhooks/"):
            return None
        if ref.state in DESK_STATES and (request.method in _READS or request.path.startswith("/backoffice/account/")):
            return None
        if ref.state == "suspended" and request.path.startswith(_DESK_PATHS):
            return None
        return closed_page(request, state=ref.state)
