"""Where the proxy asks, before it gets a certificate for a host, whether one of our stores answers there.

A proxy that asks nobody would get certificates for every name that strangers point at it. The question comes from
the proxy itself, never through it, and says LINLI_ASK_KEY: docs/operations.md has the lines for Caddy.
"""

import hmac
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound

from control.domains.selectors import may_have_certificate
from control.merchants.routing import plain_host
from kit.tenancy import in_control

ASK_PATH = "/internal/domains/allowed"
# What proxies add to a request that they pass on.
_PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via")


class CertificateMiddleware:
    """Answers the proxy's question: 200 yes, 404 no. Whoever may not ask learns as little as at any wrong address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != ASK_PATH:
            return self.get_response(request)
        host = plain_host(request.GET.get("domain", ""))
        if not _may_ask(request) or host is None:
            return _no()
        if host == settings.LINLI_DOMAIN:
            return _yes()
        with in_control():
            return _yes() if may_have_certificate(host) else _no()


def _may_ask(request: HttpRequest) -> bool:
    key = str(settings.LINLI_ASK_KEY)
    if not key or any(name in request.headers for name in _PASSED_ON):
        return False
    return hmac.compare_digest(request.GET.get("key", "").encode(), key.encode())


def _yes() -> HttpResponse:
    return HttpResponse("yes\n", content_type="text/plain")


def _no() -> HttpResponse:
    return HttpResponseNotFound("no\n", content_type="text/plain")
