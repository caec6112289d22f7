"""The Content-Security-Policy of an answer that asks for none of its own: written once, not anew for each."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# What a view of its own policy leaves on its answer (django-csp's decorators)
_OWN = frozenset({"_csp_config", "_csp_update", "_csp_replace", "_csp_exempt", "_csp_config_ro"})


class PolicyMiddleware(CSPMiddleware):
    """As django-csp's, which puts the same policy together from its settings for every answer, twice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self._usual = build_policy()
        self._left_out = tuple(settings.CONTENT_SECURITY_POLICY["EXCLUDE_URL_PREFIXES"])

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_plain = _OWN.isdisjoint(vars(response)) and not hasattr(request, "_csp_nonce")
        if not is_plain or settings.DEBUG:
            return super().process_response(request, response)
        if not request.path_info.startswith(self._left_out):
            response.headers.setdefault(HEADER, self._usual)
        return response
