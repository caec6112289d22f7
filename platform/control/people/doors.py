"""Who may pass a door made of pages: staff of this store, or the platform's operators."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from control.people.models import Person
from control.people.sessions import seat_of
from kit.web.errors import forbidden

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Let in people who hold a seat at this host's store; the view finds ``request.person`` and ``request.seat``."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, Person):
            return _to_login(request, "/backoffice/login")
        seat = seat_of(person=request.user, merchant_id=request.store.merchant_id)  # type: ignore[attr-defined]
        if seat is None:
            return forbidden(request)
        request.person, request.seat = request.user, seat  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded


def operator_only(view: View) -> View:
    """Let in the platform's operators; anybody else sees no console at all."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, Person):
            return _to_login(request, "/console/login")
        if not request.user.is_operator:
            return forbidden(request)
        request.person = request.user  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded


def _to_login(request: HttpRequest, login: str) -> HttpResponse:
    # Back to the same page afterwards; a fragment's own address would be no page, so htmx names the page it is on.
    fragment = request.headers.get("HX-Request") == "true"
    back_to = request.headers.get("HX-Current-URL", "") if fragment else request.get_full_path()
    where = f"{login}?{urlencode({'next': _path_of(back_to)})}"
    if fragment:
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def _path_of(address: str) -> str:
    if address.startswith("/"):
        return address
    _scheme, _slashes, rest = address.partition("//")
    return "/" + rest.partition("/")[2]
