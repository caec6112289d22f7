"""The one place that turns a Refused into a page or a fragment for the HTML doors."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kit.errors import Kind, Refused

STATUS = {
    Kind.INVALID: 422,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.PAYMENT: 402,
    Kind.TOO_MANY: 429,
}


class RefusedMiddleware:
    """Answers a refusal that no view caught."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        return HttpResponse(str(error), status=STATUS[error.kind], content_type="text/plain; charset=utf-8")
