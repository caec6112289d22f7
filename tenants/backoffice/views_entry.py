"""Coming in and going out."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from control.people.login import log_in
from control.people.models import Person
from control.people.services import PassRefused, redeem_pass
from control.people.sessions import open_session, seat_of
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control
from kit.web.answers import after_login, again, say
from kit.web.refusals import STATUS, tell_form
from tenants.backoffice.forms_entry import LoginForm

_HOME = "/backoffice/"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail and password, and go to the page that was asked for."""
    if request.method == "GET" and _is_staff_here(request):
        return redirect(after_login(request, usual=_HOME))
    form = LoginForm(request.POST or None)
    wanted = after_login(request, usual="")
    context: dict[str, object] = {"form": form, "next": wanted}
    if not form.is_bound:
        return render(request, "backoffice/login.html", context)
    if not form.is_valid():
        return again(request, "backoffice/login.html", context)
    now = clock.now()
    try:
        with in_control():
            person = log_in(email=form.cleaned_data["email"], password=form.cleaned_data["password"], now=now)
    except Refused as refusal:
        tell_form(form, refusal)
        return render(request, "backoffice/login.html", context, status=STATUS[refusal.kind])
    if seat_of(person=person, merchant_id=request.store.merchant_id) is None:  # type: ignore[attr-defined]
        form.add_error("email", _("这个邮箱不是本店的员工，请确认店铺网址，或请店主添加您。"))
        return again(request, "backoffice/login.html", context)
    open_session(request=request, person=person, now=now)
    return redirect(wanted or _HOME)


@never_cache
@require_http_methods(["GET"])
def enter(request: HttpRequest) -> HttpResponse:
    """Come in with a one-time pass from the platform's host; a pass that is worthless leads to the login page."""
    now = clock.now()
    try:
        with in_control():
            person = redeem_pass(
                token=request.GET.get("pass", "")[:100],
                merchant_id=request.store.merchant_id,  # type: ignore[attr-defined]
                now=now,
            )
    except PassRefused as refusal:
        say(request, str(refusal), tone="warning")
        return redirect("/backoffice/login")
    open_session(request=request, person=person, now=now)
    return redirect(after_login(request, usual=_HOME))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session at this host."""
    logout(request)
    say(request, _("已退出登录。"))
    return redirect("/backoffice/login")


def _is_staff_here(request: HttpRequest) -> bool:
    if not isinstance(request.user, Person):
        return False
    return seat_of(person=request.user, merchant_id=request.store.merchant_id) is not None  # type: ignore[attr-defined]
