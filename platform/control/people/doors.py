"""Who may pass a door made of pages: staff of this store, or the platform's operators."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

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
        # A visitor of the platform's support sits on a seat for this request only (control.support.middleware)
        seat = getattr(request, "support_seat", None) or seat_of(
            person=request.user,
            merchant_id=request.store.merchant_id,  # type: ignore[attr-defined]
        )
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
    where = f"{login}?{urlencode({'next': _page_to_return_to(request)})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def _page_to_return_to(request: HttpRequest) -> str:
    # A fragment's address is no page, and a button's is none that can be asked for: the browser says where it was
    if request.headers.get("HX-Request") == "true":
        seen = request.headers.get("HX-Current-URL", "")
    elif request.method in ("GET", "HEAD"):
        return request.get_full_path()
    else:
        seen = request.headers.get("Referer", "")
    page = urlsplit(seen)
    if page.netloc != request.get_host():
        return request.path
    return page.path + (f"?{page.query}" if page.query else "")
