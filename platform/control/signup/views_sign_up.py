"""The sign-up form and what it asks the server while it is being filled in."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from control.merchants.slugs import SlugRefused, check_slug
from control.signup.forms import FindStoreForm, SignUpForm
from control.signup.services.prove_phone import send_phone_code
from kit import clock
from kit.errors import Refused


@require_GET
def sign_up_form(request: HttpRequest) -> HttpResponse:
    return render(request, "signup/sign_up.html", {"form": SignUpForm(), **address_parts()})


@require_GET
def slug_answer(request: HttpRequest) -> HttpResponse:
    """Say whether a store address is free, with others to take if it is not."""
    wanted = request.GET.get("slug", "")
    context: dict[str, object] = {**address_parts()}
    if wanted:
        try:
            context["free"] = check_slug(wanted, name=request.GET.get("store_name", ""))
        except SlugRefused as refusal:
            context |= {"refusal": refusal, "suggestions": refusal.facts.get("suggestions", [])}
    return render(request, "signup/_slug.html", context)


@require_POST
def code_answer(request: HttpRequest) -> HttpResponse:
    """Send a code to the phone typed so far; answer the button with its countdown, or what is wrong."""
    now = clock.now()
    try:
        next_at = send_phone_code(phone=request.POST.get("phone", ""), now=now)
    except Refused as refusal:
        return render(request, "signup/_code_side.html", {"answered": True, "refusal": refusal})
    wait = max(timedelta(0), next_at - now)
    return render(request, "signup/_code_side.html", {"answered": True, "seconds_left": int(wait.total_seconds())})


@require_GET
def login_form(request: HttpRequest) -> HttpResponse:
    return render(request, "signup/login.html", {"form": FindStoreForm(), "stores": None})


def address_parts() -> dict[str, str]:
    """Say what stands before and after a store's slug in its address."""
    return {
        "address_start": f"{settings.LINLI_SCHEME}://",
        "address_end": f".{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}",
    }
