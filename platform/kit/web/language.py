"""Which language a page speaks: Chinese, until the visitor presses the switch."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers


class ChosenLanguageMiddleware:
    """Obeys the language cookie alone.

    Django's LocaleMiddleware also obeys the browser's Accept-Language; many of our merchants' machines ask for
    English without their owners ever having chosen it, so that one is no choice to us.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        chosen = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        if "immutable" not in response.headers.get("Cache-Control", ""):  # a file that never changes has no language
            patch_vary_headers(response, ("Cookie",))
        return response
