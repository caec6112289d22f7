"""Carries messages to pages that are not reloaded: an htmx answer takes them along in its HX-Trigger."""

import json
from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse

from kit.web.answers import is_htmx


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
