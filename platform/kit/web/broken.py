"""handler500: what no layer caught, however high it came from."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from kit.web.away import AWAY, away
from kit.web.errors import server_error


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 503 when only the database was away, 500 otherwise; Django calls this while the error is in hand."""
    if isinstance(sys.exc_info()[1], AWAY):
        return away(request)
    if not request.path.startswith("/api/"):
        return server_error(request)
    said = {
        "type": "urn:linli:problem:server_error",
        "title": "Internal Server Error",
        "status": 500,
        "code": "server_error",
        "detail": _("出错了，不是您的问题，请稍后再试。"),
        "request_id": getattr(request, "request_id", ""),
    }
    return JsonResponse(said, status=500, content_type="application/problem+json")
