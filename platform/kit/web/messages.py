"""Messages for the next page: kept in a cookie that is this store's own, and carried along by htmx answers."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.signing import get_cookie_signer
from django.http import HttpRequest, HttpResponse

from kit.signing import scope_salt
from kit.web.answers import is_htmx


class HomeCookieStorage(CookieStorage):
    """Keeps messages in a cookie signed for this host's store alone.

    With Django's own salt a sibling could set a cookie for all hosts of the domain, and our page would say to a
    merchant's staff what another store's page had said.
    """

    cookie_name = "__Host-messages" if settings.SESSION_COOKIE_SECURE else "messages"

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.signer = get_cookie_signer(salt=scope_salt("messages"))


class MessagesToHtmxMiddleware:
    """Stands after MessageMiddleware. An answer that sends the browser elsewhere leaves its messages for there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        leaves = "HX-Redirect" in response or "HX-Location" in response or "HX-Refresh" in response
        if not is_htmx(request) or leaves or "HX-Trigger" in response:
            return response
        for message in get_messages(request):
            toast = {"text": str(message.message), "tone": message.level_tag, "undo": message.extra_tags or None}
            response["HX-Trigger"] = json.dumps({"toast": toast})
        return response
