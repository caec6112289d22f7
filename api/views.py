"""What every view of the API has in common."""

import threading
from typing import Any

from django.utils import translation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.parsing import StrictJSONParser, StrictSerializer
from api.rendering import QuickJSONRenderer


class _Forms(threading.local):
    """Forms stay, one of each for a thread and a language: to make one copies each of its fields, on every request.

    A form keeps nothing of what it reads, but its sentences once they are said, in the language of that moment.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[type[StrictSerializer], str | None], StrictSerializer] = {}


_forms = _Forms()


class StoreView(APIView):
    """One resource: reads what was sent, calls one story, writes what came of it."""

    parser_classes = (StrictJSONParser,)
    renderer_classes = (QuickJSONRenderer,)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Phones and programs take whatever comes, and there is one form only: nothing to weigh up
        if request.META.get("HTTP_ACCEPT", "*/*") == "*/*" and "format" not in request.GET:
            return self.renderer_classes[0](), self.renderer_classes[0].media_type
        return super().perform_content_negotiation(request, force)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # An app says which language it shows; the cookie that pages obey means nothing to it.
        translation.activate(_language(request))
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers["Content-Language"] = translation.get_language() or ""
        return answer


def _language(request: Request) -> str:
    asked = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    try:
        return translation.get_supported_language_variant(asked)
    except LookupError:
        return "zh-hans"


def body_of(request: Request, form: type[StrictSerializer]) -> dict[str, Any]:
    """Read the body in this form. :raises ValidationError:"""
    return _read(form, request.data)


def query_of(request: Request, form: type[StrictSerializer]) -> dict[str, Any]:
    """Read the address's query in this form. :raises ValidationError:"""
    return _read(form, {name: value for name, value in request.query_params.items() if value != ""})


def _read(form: type[StrictSerializer], words: Any) -> dict[str, Any]:
    which = form, translation.get_language()
    if which not in _forms.known:
        _forms.known[which] = form()
    said: dict[str, Any] = _forms.known[which].run_validation(words)
    return said
