"""The answer while the database is away: restarting, refusing connections, or cancelling what we asked.

It says that trying again helps and when, and nothing of what happened inside.
"""

import json

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from kit.web.answers import is_htmx
from kit.web.errors import unavailable

# What such a database raises, on its way up through Django or straight from the driver
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
RETRY_AFTER = 5  # seconds
CODE = "database_away"
SENTENCE = _("系统暂时忙不过来，请几秒后再试。")


def away(request: HttpRequest) -> HttpResponse:
    """Answer 503 with Retry-After: a problem for the API, a toast for htmx, a page for people."""
    if request.path.startswith("/api/"):
        answer: HttpResponse = JsonResponse(
            {
                "type": f"urn:linli:problem:{CODE}",
                "title": "Service Unavailable",
                "status": 503,
                "code": CODE,
                "detail": str(SENTENCE),
                "request_id": getattr(request, "request_id", ""),
                "retry_after_seconds": RETRY_AFTER,
            },
            status=503,
            content_type="application/problem+json",
        )
    elif is_htmx(request):
        message = json.dumps({"toast": {"text": str(SENTENCE), "tone": "error"}})
        answer = HttpResponse(status=503, headers={"HX-Trigger": message, "HX-Reswap": "none"})
    else:
        answer = unavailable(request, str(SENTENCE))
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer
