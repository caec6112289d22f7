"""The merchant's own domains: what to write into the DNS, and whether it is there."""

from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.account.desk import OwnersOnly, account_context, is_owner, owners_only, store_of
from control.domains.models import DomainState, Heard
from control.domains.selectors import claim_of, domains_of
from control.domains.services.check_domain import check_domain
from control.domains.services.claim_domain import claim_domain
from control.domains.services.release_domain import release_domain
from control.merchants.directory import address_of
from control.merchants.limits import PlanLimitReached
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control
from kit.web.answers import again, done
from kit.web.refusals import STATUS, tell_form

_STILL = {
    Heard.ABSENT: gettext_lazy("还没有找到验证记录。DNS 生效通常要几分钟，请稍后再检查。"),
    Heard.WRONG: gettext_lazy("找到了 TXT 记录，但内容不对，请对照下面的记录值。"),
    Heard.UNSURE: gettext_lazy("域名服务器没有回应，请过几分钟再检查。"),
}


class DomainForm(forms.Form):
    """A domain, as people type it."""

    domain = forms.CharField(
        label=gettext_lazy("域名"),
        max_length=260,
        help_text=gettext_lazy("填写您已经买好的域名，例如 shop.example.com。"),
        error_messages={"required": gettext_lazy("请填写域名。")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "placeholder": "shop.example.com",
            }
        ),
    )


@require_http_methods(["GET", "POST"])
@staff_only
def domains(request: HttpRequest) -> HttpResponse:
    """List the domains, and take a new one from an owner."""
    form, full = DomainForm(request.POST or None), None
    if request.method == "POST":
        try:
            answer = _add(request, form)
        except PlanLimitReached as refusal:
            answer, full = None, refusal
        if answer:
            return answer
    with in_control():
        rows = domains_of(store_of(request).merchant_id)
    context = account_context(
        request,
        "account:domains",
        rows=rows,
        form=form,
        full=full.facts if full else None,
        home=address_of(store_of(request)),
        given=_given(request),
    )
    if full is not None:
        return render(request, "account/domains.html", context, status=STATUS[full.kind])
    show = again if form.is_bound else render
    return show(request, "account/domains.html", context)


def _add(request: HttpRequest, form: DomainForm) -> HttpResponse | None:
    if not is_owner(request):
        raise OwnersOnly
    if not form.is_valid():
        return None
    try:
        claim = claim_domain(
            merchant_id=store_of(request).merchant_id,
            domain=form.cleaned_data["domain"],
            by=_by(request),
            now=clock.now(),
        )
    except PlanLimitReached:
        raise
    except Refused as refusal:
        tell_form(form, refusal)
        return None
    return done(request, to=reverse("account:domain", args=[claim.pk]), sentence=_("已添加，请按下面的步骤完成验证。"))


@require_safe
@staff_only
def domain(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Show one domain: the records to write, and what the last check found."""
    with in_control():
        claim = claim_of(store_of(request).merchant_id, claim_id=claim_id)
    context = account_context(
        request,
        "account:domains",
        claim=claim,
        given=_given(request),
        addresses=settings.LINLI_ADDRESSES,
        address=f"{settings.LINLI_SCHEME}://{claim.domain}{settings.LINLI_PORT_SUFFIX}/",
        still=_STILL.get(Heard(claim.heard), "") if claim.state == DomainState.WAITING else "",
        crumbs=[(_("域名"), reverse("account:domains")), (claim.shown, "")],
    )
    return render(request, "account/domain.html", context)


@require_POST
@staff_only
@owners_only
def check(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Ask the DNS now."""
    with in_control():
        claim_of(store_of(request).merchant_id, claim_id=claim_id)
        claim = check_domain(claim_id=claim_id, by=_by(request), now=clock.now())
    if claim.is_served:
        sentence = _("已验证，%(domain)s 可以使用了。") % {"domain": claim.shown}
    else:
        sentence = str(_STILL.get(Heard(claim.heard), ""))
    return done(request, to=reverse("account:domain", args=[claim_id]), sentence=sentence)


@require_POST
@staff_only
@owners_only
def remove(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Take a domain off the list."""
    with in_control():
        claim = release_domain(
            merchant_id=store_of(request).merchant_id, claim_id=claim_id, by=_by(request), now=clock.now()
        )
    return done(request, to=reverse("account:domains"), sentence=_("已移除 %(domain)s。") % {"domain": claim.shown})


def _given(request: HttpRequest) -> str:
    return f"{store_of(request).slug}.{settings.LINLI_DOMAIN}"


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
