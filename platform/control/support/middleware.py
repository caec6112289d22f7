"""A visitor's requests: known by their own session, held to what visitors may do, written down one by one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from control.people.models import Role, Seat
from control.support.models import SupportVisit
from control.support.selectors import living_visit
from control.support.services.note_step import note_step
from kit import clock
from kit.errors import Kind, Refused
from kit.tenancy import in_control
from kit.web.answers import say
from kit.web.refusals import refused

SESSION_KEY = "linli_support_visit"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_WRITTEN_DOWN = "/backoffice/"
_ALWAYS = frozenset({"/kit/language"})  # kit knows nothing of visits


class NotForSupport(Refused):
    """Visitors of the platform never do this: money, prices, plan, cards, keys, people, files to take away."""

    code, kind, sentence = "not_for_support", Kind.FORBIDDEN, _("平台协助不能做这项操作，请商家自己来。")


class OnlyLooking(Refused):
    """The merchant lets visitors look and change nothing."""

    code, kind, sentence = "support_only_looks", Kind.FORBIDDEN, _("商家只允许平台协助查看，不能修改。")


class SupportMiddleware:
    """Sets ``request.support`` to the visit this browser is on, or None; stands after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        visit = _visit_of(request)
        request.support = visit  # type: ignore[attr-defined]
        if visit is None:
            return self.get_response(request)
        _become(request, visit)
        response = self.get_response(request)
        if "attachment" in response.headers.get("Content-Disposition", ""):
            response = refused(request, NotForSupport())  # nothing is carried away, whichever page offers it
        if request.path.startswith(_WRITTEN_DOWN):
            path = request.get_full_path()
            note_step(visit=visit, method=request.method or "", path=path, status=response.status_code, now=clock.now())
        response.headers["Cache-Control"] = "no-store"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        visit = request.support  # type: ignore[attr-defined]
        if visit is None or request.path in _ALWAYS:
            return None
        refusal = refusal_of(view, method=request.method or "", may_write=visit.may_write)
        return refused(request, refusal) if refusal else None


def refusal_of(view: Any, *, method: str, may_write: bool) -> Refused | None:
    """Say why a visitor may not call a view this way; None when it may. What is not marked is read only."""
    mark = getattr(view, "support", "")
    if mark == "never":
        return NotForSupport()
    if method in _READS or mark == "always":
        return None
    if mark != "write":
        return NotForSupport()
    return None if may_write else OnlyLooking()


def _visit_of(request: HttpRequest) -> SupportVisit | None:
    store = getattr(request, "store", None)
    if store is None or request.path.startswith("/api/") or SESSION_KEY not in request.session:
        return None
    with in_control():
        visit = living_visit(request.session[SESSION_KEY], merchant_id=store.merchant_id, now=clock.now())
    if visit is None:
        request.session.flush()
        say(request, translated("平台协助已结束。"), tone="info")
    return visit


def _become(request: HttpRequest, visit: SupportVisit) -> None:
    # Both identities in whatever the store writes down of it; neither row is ever saved
    operator = visit.operator
    operator.name = translated("平台协助 · %(name)s") % {"name": operator}
    request.user = operator
    role = Role.MANAGER if visit.may_write else Role.CLERK  # type: ignore[attr-defined]
    request.support_seat = Seat(person=operator, merchant_id=visit.merchant_id, role=role)  # type: ignore[attr-defined]
