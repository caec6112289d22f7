"""Answers that every HTML door gives the same way, to a plain request and to an htmx one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

UNPROCESSABLE = 422


def say(request: HttpRequest, sentence: str, *, tone: str = "success", undo: str = "") -> None:
    """Show a short message on the next page or with this answer. ``undo`` is an address that takes it back by POST."""
    messages.add_message(request, _LEVELS[tone], sentence, extra_tags=undo)


_LEVELS = {"success": messages.SUCCESS, "info": messages.INFO, "warning": messages.WARNING, "error": messages.ERROR}


def done(request: HttpRequest, *, to: str, sentence: str = "", undo: str = "") -> HttpResponse:
    """Go on to another page after a change, from a plain form (303) or from a drawer (HX-Redirect)."""
    if sentence:
        say(request, sentence, undo=undo)
    if is_htmx(request):
        return HttpResponse(headers={"HX-Redirect": to})
    return HttpResponseRedirect(to, status=303)


def again(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """Show a form again with what was typed and what is wrong with it: 422, for htmx and plain requests alike."""
    return render(request, template, context, status=UNPROCESSABLE)


def after_login(request: HttpRequest, *, usual: str) -> str:
    """Say where to go after logging in: ?next= when it leads to this same host, else ``usual``."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else usual


def is_htmx(request: HttpRequest) -> bool:
    """Say whether a script asked for a part of a page."""
    return request.headers.get("HX-Request") == "true"
