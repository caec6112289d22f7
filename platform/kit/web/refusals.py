"""The one place that turns a Refused into a page or a fragment for the HTML doors."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kit.errors import Kind, Refused
from kit.web.answers import is_htmx
from kit.web.errors import Problem, page_for

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
        return refused(request, error) if isinstance(error, Refused) else None


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Answer with the refusal's sentence: a message on the page for htmx, a page of its own otherwise."""
    status = STATUS[refusal.kind]
    if is_htmx(request):
        message = json.dumps({"toast": {"text": str(refusal), "tone": "error"}})
        return HttpResponse(status=status, headers={"HX-Trigger": message, "HX-Reswap": "none"})
    return page_for(
        request, Problem(status, str(refusal), _hint_for(refusal.kind), icon=_ICONS.get(refusal.kind, "info"))
    )


def tell_form(form: Any, refusal: Refused, *, names: dict[str, str] | None = None) -> None:
    """Put the refusal where it belongs in a Django form: beside its fields, else above the form.

    ``names`` maps the story's word for a field to the form's, where they differ.
    """
    known = {(names or {}).get(name, name): sentences for name, sentences in refusal.fields.items()}
    beside = {name: sentences for name, sentences in known.items() if name in form.fields}
    for name, sentences in beside.items():
        form.add_error(name, [str(sentence) for sentence in sentences])
    if not beside:
        form.add_error(None, str(refusal))


_ICONS = {Kind.MISSING: "map-pin", Kind.FORBIDDEN: "lock", Kind.PAYMENT: "wallet", Kind.TOO_MANY: "timer"}


def _hint_for(kind: Kind) -> str:
    hints = {
        Kind.MISSING: _("链接可能写错了，或者内容已经删除。"),
        Kind.CONFLICT: _("请回到上一页，刷新看看最新的情况。"),
        Kind.FORBIDDEN: _("需要的话，请店主在“套餐与账单 · 员工”里给您开通。"),
        Kind.TOO_MANY: _("请歇一小会儿，再试一次。"),
    }
    return hints.get(kind, _("请回到上一页，改好后再试。"))
