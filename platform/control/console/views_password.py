"""Passwords at the operator's console: forgotten, set by a link, changed."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from control.console.desk import console_context
from control.people.doors import operator_only
from control.people.pages import change_page, forgotten_page, set_page
from control.people.password_links import House

_HOUSE = House(None)


@never_cache
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a letter with a link."""
    return forgotten_page(request, _HOUSE)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, link: str) -> HttpResponse:
    """Set a password by a link out of a letter."""
    return set_page(request, _HOUSE, link[:200])


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@operator_only
def change(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    return change_page(request, _HOUSE, console_context)
