"""开放接口: the keys of other programs, and an overview of the endpoints that are told things."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.account.desk import account_context, owners_only, store_of
from control.account.forms_open import KeyForm
from control.merchants.limits import has_feature
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.refusals import tell_form
from tenants.backoffice.upgrade import feature_page
from tenants.integrations.scopes import SCOPES
from tenants.integrations.selectors import endpoints, keys
from tenants.integrations.services.keys import NotInPlan, make_key, may_have_keys, revoke_key


@require_safe
@staff_only
def open_platform(request: HttpRequest) -> HttpResponse:
    """List the keys and the endpoints."""
    now = clock.now()
    context = account_context(
        request,
        "account:open",
        keys=[(key, key.state_at(now), [SCOPES.get(scope, scope) for scope in key.scopes]) for key in keys()],
        endpoints=(known := endpoints()),
        is_silent=bool(known) and not has_feature(merchant_id=store_of(request).merchant_id, what="webhooks"),
    )
    return render(request, "account/open.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def new(request: HttpRequest) -> HttpResponse:
    """Make a key; its text is on the answer to this one request and nowhere afterwards."""
    if not may_have_keys():
        return feature_page(request, "api_read")
    form, now = KeyForm(request.POST or None), clock.now()
    is_too_much = False
    if form.is_valid():
        try:
            key, text = make_key(
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(now),
                by=request.person.email,  # type: ignore[attr-defined]
                by_name=str(request.person),  # type: ignore[attr-defined]
                now=now,
            )
        except NotInPlan as refusal:
            is_too_much = True
            tell_form(form, refusal)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            shown = {"title": key.name, "secret": text, "back": reverse("account:open"), "is_key": True}
            return render(request, "account/shown_once.html", account_context(request, "account:open", **shown))
    crumbs = [(_("开放接口"), reverse("account:open")), (_("创建密钥"), "")]
    context = account_context(request, "account:open", form=form, is_too_much=is_too_much, crumbs=crumbs)
    return (
        again(request, "account/key_new.html", context)
        if form.is_bound
        else render(request, "account/key_new.html", context)
    )


@require_POST
@staff_only
@owners_only
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Take a key back."""
    person = request.person  # type: ignore[attr-defined]
    revoke_key(key_id=key_id, by=person.email, by_name=str(person), now=clock.now())
    return done(request, to=reverse("account:open"), sentence=_("密钥已停用，用它的系统马上不能再访问。"))
