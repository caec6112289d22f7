"""Coming in with a pass, and leaving."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from control.people.services import PassRefused
from control.people.sessions import open_visit
from control.support.marks import always_in_support
from control.support.middleware import SESSION_KEY
from control.support.services.end_visits import end_visits
from control.support.services.enter import enter as use_pass
from kit import clock
from kit.web.answers import done, say


@never_cache
@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """Come in with a pass from the operator's console; a worthless one leads to the login page."""
    now = clock.now()
    try:
        visit = use_pass(
            token=request.GET.get("pass", "")[:100],
            merchant_id=request.store.merchant_id,  # type: ignore[attr-defined]
            now=now,
        )
    except PassRefused as refusal:
        say(request, str(refusal), tone="warning")
        return redirect("/backoffice/login")
    open_visit(request=request, key=SESSION_KEY, visit_id=visit.pk, lasts=visit.ends_at - now)
    return redirect("/backoffice/")


@always_in_support
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the visit of this browser."""
    visit = request.support  # type: ignore[attr-defined]
    if visit is not None:
        end_visits(visit_id=visit.pk, by=visit.operator.email, now=clock.now())
        request.session.flush()
    return done(request, to="/backoffice/login", sentence=_("已退出平台协助。"))
