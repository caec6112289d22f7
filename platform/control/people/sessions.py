"""Logging in, and staying logged in at one host only.

A session lives in the schema of the host it was made at, remembers that schema, and is nobody's anywhere else.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest, HttpResponse

from control.people.models import Person, Seat
from kit.tenancy import in_control
from kit.tenancy.scope import required_scope

_HOME = "linli_schema"


class PersonBackend(BaseBackend):
    """Finds people in the control plane, from whatever scope the request is in."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Person | None:
        email, password = credentials.get("email"), credentials.get("password")
        if not email or not password:
            return None
        with in_control():
            person: Person | None = Person.objects.filter(email__iexact=email).first()
            if person is None:
                Person().set_password(password)  # the same work as for a real one: silence about who exists
                return None
            return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: Any) -> Person | None:
        with in_control():
            person: Person | None = Person.objects.filter(pk=user_id, is_active=True).first()
        return person


class HomeSessionMiddleware:
    """Empties a session that was made in another schema (a copied cookie, a restored table)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get(_HOME) not in (
            None,
            required_scope().schema,
        ):
            request.session.flush()
        return self.get_response(request)


def open_session(*, request: HttpRequest, person: Person, now: datetime) -> None:
    """Log a person in at this host; the session's key changes, so a planted one is worthless."""
    with in_control():
        Person.objects.filter(pk=person.pk).update(last_login_at=now)
    login(request, person, backend="control.people.sessions.PersonBackend")
    request.session[_HOME] = required_scope().schema


def open_visit(*, request: HttpRequest, key: str, visit_id: UUID, lasts: timedelta) -> None:
    """Begin a session at this host that logs nobody in: it names a visit, and whoever was logged in here is out."""
    request.session.flush()
    request.session[_HOME], request.session[key] = required_scope().schema, str(visit_id)
    request.session.set_expiry(max(1, int(lasts.total_seconds())))


def seat_of(*, person: Person, merchant_id: UUID) -> Seat | None:
    """Find the seat a person holds at a merchant."""
    with in_control():
        return Seat.objects.filter(person=person, merchant_id=merchant_id).first()
