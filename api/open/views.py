"""What every resource of the open platform has in common: a key, a scope a method, a pace."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.open.authentication import ApiKeyAuthentication, HasScope, key_asking
from api.views import StoreView
from kit.errors import Kind, Refused
from kit.pace import Pace, step
from kit.tenancy import current_store

BURST, PER_SECOND = 40, 4  # calls a key


class TooFast(Refused):
    """The key has used its pace up. Facts: ``retry_after_seconds``."""

    code, kind, sentence = "too_fast", Kind.TOO_MANY, _("调用太频繁，请按 Retry-After 的秒数等一等再试。")


class OpenView(StoreView):
    """A resource for other programs. ``scopes`` says which scope each method needs; what is not there is refused."""

    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (HasScope,)
    scopes: ClassVar[dict[str, str]] = {}

    def perform_authentication(self, request: Request) -> None:
        # Before the scope is looked at: a key that asks for what it may not is slowed down like any other
        super().perform_authentication(request)
        pace = step(name=f"key:{current_store().schema}:{key_asking(request).pk}", burst=BURST, per_second=PER_SECOND)
        request.pace = pace  # type: ignore[attr-defined]
        if pace is not None and not pace.is_allowed:
            raise TooFast(retry_after_seconds=max(1, pace.retry_after))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        pace: Pace | None = getattr(request, "pace", None)
        if pace is not None:
            answer.headers["X-RateLimit-Limit"] = str(pace.limit)
            answer.headers["X-RateLimit-Remaining"] = str(pace.remaining)
            answer.headers["X-RateLimit-Reset"] = str(pace.full_after)
        return answer
