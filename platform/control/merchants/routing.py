"""The host decides, nothing else: which store a request enters, or the platform, or nothing."""

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from control.merchants.directory import store_at
from control.merchants.models import (
    DESK_STATES,
    HALF_OPEN_STATES,
    HEARING_STATES,
    OPEN_STATES,
    Merchant,
    MerchantState,
)
from kit.errors import Kind, Refused
from kit.tenancy import StoreRef, in_control, in_store
from kit.web.answers import is_htmx
from kit.web.closed import closed_page
from kit.web.refusals import refused

_HOST = re.compile(r"^(?P<name>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)\.?(:\d{1,5})?$")
# What staff use; none of it is the shop window.
_DESK_PATHS = ("/backoffice/", "/kit/")
# Where the merchant's people work, and their programs with a key.
_STAFF_PATHS = (*_DESK_PATHS, "/api/v1/open/")
# What may still be read, by people and by other programs with a key, while the plan has run out.
_READ_PATHS = (*_STAFF_PATHS, "/media/")
# What stays usable whatever is owed: to come in, to pay, to take one's own records along, to change the language.
_KEPT_PATHS = (
    *("/backoffice/account/", "/backoffice/login", "/backoffice/logout", "/backoffice/enter", "/backoffice/support/"),
    "/kit/language",
)
_READABLE = HALF_OPEN_STATES | {MerchantState.READ_ONLY}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def plain_host(raw: str) -> str | None:
    """Normalise a Host header once: lower case, no port, no final dot; None when it is not a host name."""
    match = _HOST.match(raw.strip().lower())
    return match["name"] if match else None


class OnlyReading(Refused):
    """The plan has run out: staff may look, pay and export, and change nothing."""

    code, kind, sentence = "store_read_only", Kind.PAYMENT, _("店铺现在只能查看，不能修改。付清账单后马上恢复。")


class OnlyLeaving(Refused):
    """An operator has closed the store: its staff may see their invoices and take their records along."""

    code, kind, sentence = "store_suspended", Kind.FORBIDDEN, _("店铺已停用，现在只能查看账单和导出。请联系我们恢复。")


class StoreRoutingMiddleware:
    """Opens the scope of the host's store (or of the control plane) around the whole request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":  # the process is up; says nothing of any store
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":  # it can serve: a database that is away is the 503 that everybody gets
            with in_control():
                Merchant.objects.exists()
            return HttpResponse("ready", content_type="text/plain")
        host = plain_host(request.META.get("HTTP_HOST", ""))
        if host == settings.LINLI_DOMAIN:
            with in_control():
                return self.get_response(request)
        ref = store_at(host) if host else None
        if ref is None:
            return closed_page(request, state="")  # to the letter what a store that has gone answers
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
        if ref.state in HALF_OPEN_STATES and (request.method in _READS or not request.path.startswith(_STAFF_PATHS)):
            return None
        # What a payment company tells us is recorded whatever is owed: the money has moved.
        if request.path.startswith("/api/v1/webhooks/") and ref.state in HEARING_STATES:
            return None
        if ref.state in DESK_STATES and request.path.startswith(_KEPT_PATHS):
            return None
        if ref.state == MerchantState.READ_ONLY and request.method in _READS:
            if request.path.startswith(_READ_PATHS):
                return None
        elif ref.state in DESK_STATES and request.path.startswith(_DESK_PATHS):
            return _kept_small(request, ref.state)
        return closed_page(request, state=ref.state)


def _kept_small(request: HttpRequest, state: str) -> HttpResponse:
    if request.method in _READS and not is_htmx(request) and state not in HALF_OPEN_STATES:
        return HttpResponseRedirect("/backoffice/account/")
    return refused(request, OnlyReading() if state in _READABLE else OnlyLeaving())
