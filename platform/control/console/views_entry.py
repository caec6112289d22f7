"""Coming in and going out of the operator's console."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from control.console.forms import LoginForm
from control.people.login import log_in
from control.people.models import Person
from control.people.sessions import open_session
from control.support.services.end_visits import end_visits
from kit import clock
from kit.errors import Refused
from kit.web.answers import after_login, again, say
from kit.web.refusals import STATUS, tell_form

_HOME = "/console/"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail and password, and go to the page that was asked for. Only operators come in."""
    if request.method == "GET" and isinstance(request.user, Person) and request.user.is_operator:
        return redirect(after_login(request, usual=_HOME))
    form = LoginForm(request.POST or None)
    wanted = after_login(request, usual="")
    context: dict[str, object] = {"form": form, "next": wanted}
    if not form.is_bound:
        return render(request, "console/login.html", context)
    if not form.is_valid():
        return again(request, "console/login.html", context)
    now = clock.now()
    try:
        person = log_in(email=form.cleaned_data["email"], password=form.cleaned_data["password"], now=now)
    except Refused as refusal:
        tell_form(form, refusal)
        return render(request, "console/login.html", context, status=STATUS[refusal.kind])
    if not person.is_operator:
        form.add_error(None, _("这里是平台运营台。商家请从自己的店铺网址登录。"))
        return again(request, "console/login.html", context)
    open_session(request=request, person=person, now=now)
    return redirect(wanted or _HOME)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, Person):  # what was opened from here ends with it
        end_visits(operator_id=request.user.pk, by=request.user.email, now=clock.now())
    logout(request)
    say(request, _("已退出登录。"))
    return redirect("/console/login")
