"""The sign-up form and what it asks the server while it is being filled in."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from control.merchants.slugs import SlugRefused, check_slug
from control.signup.forms import FindStoreForm, SignUpForm
from control.signup.selectors import store_address, stores_of_phone
from control.signup.services.prove_phone import check_phone_code, send_phone_code
from control.signup.services.sign_up import NotOpenYet, SignUp, sign_up
from control.signup.views_opening import opening_page
from kit import clock
from kit.errors import Refused
from kit.web.answers import again
from kit.web.refusals import tell_form


@require_http_methods(["GET", "POST"])
def sign_up_form(request: HttpRequest) -> HttpResponse:
    """Show the form; take it, open the store and carry its owner into the back office."""
    form = SignUpForm(request.POST or None)
    if not form.is_bound:
        return render(request, "signup/sign_up.html", {"form": form, **address_parts()})
    suggestions: list[str] = []
    if form.is_valid():
        try:
            new = sign_up(asked=SignUp(**form.cleaned_data, language=get_language()), now=clock.now())
        except NotOpenYet as waiting:
            return opening_page(request, merchant=waiting.facts["merchant"])
        except Refused as refusal:
            suggestions = refusal.facts.get("suggestions", [])
            tell_form(form, refusal)
        else:
            return redirect(f"{store_address(new.merchant.slug)}/backoffice/enter?pass={new.entry_pass}")
    context = {"form": form, "suggestions": suggestions, **address_parts()}
    return again(request, "signup/sign_up.html", context)


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


@require_http_methods(["GET", "POST"])
def login_form(request: HttpRequest) -> HttpResponse:
    """Show the stores of whoever proves a phone."""
    form = FindStoreForm(request.POST or None)
    if not form.is_bound:
        return render(request, "signup/login.html", {"form": form, "stores": None})
    if form.is_valid():
        try:
            phone = check_phone_code(**form.cleaned_data, now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return render(request, "signup/login.html", {"form": form, "stores": stores_of_phone(phone=phone)})
    return again(request, "signup/login.html", {"form": form, "stores": None})


def address_parts() -> dict[str, str]:
    """Say what stands before and after a store's slug in its address."""
    return {
        "address_start": f"{settings.LINLI_SCHEME}://",
        "address_end": f".{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}",
    }
