"""Merchants' own domains, all of them: claims, names in use, names that nobody else may have yet."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.console.desk import console_context
from control.console.forms import ReasonForm, SearchForm
from control.domains.models import CustomDomain, DomainState
from control.domains.selectors import NoSuchDomain, claims_like, count_claims
from control.domains.services.check_domain import check_domain
from control.domains.services.lift_quarantine import lift_quarantine
from control.people.doors import operator_only
from kit import clock
from kit.web.answers import again, done
from kit.web.lists import Column, page_of, state_tabs

COLUMNS = [
    Column(gettext_lazy("域名")),
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("最近一次检查")),
    Column(gettext_lazy("添加时间"), align="num"),
    Column(""),
]
STATES = [
    ("", gettext_lazy("全部")),
    *((state.value, state.label) for state in DomainState),
    ("quarantined", gettext_lazy("保留期")),
]


@require_safe
@operator_only
def domains(request: HttpRequest) -> HttpResponse:
    """List the claims of all merchants."""
    now = clock.now()
    filters = SearchForm(request.GET, says=_("域名、店名或网址"))
    query, state = filters.query, request.GET.get("state", "")
    context = console_context(
        request,
        rows=page_of(claims_like(query=query, state=state, now=now), request.GET),
        columns=COLUMNS,
        filters=filters,
        is_filtered=bool(query or state),
        tabs=state_tabs(request.GET, states=STATES, counts=count_claims(query=query, now=now)),
        now=now,
    )
    return render(request, "console/domains.html", context)


@require_POST
@operator_only
def check(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Ask the DNS about a claim, as the merchant's own button does."""
    claim = check_domain(claim_id=claim_id, by=_by(request), now=clock.now())
    return done(request, to=reverse("console:domains"), sentence=f"{claim.shown}：{claim.get_heard_display()}")


@require_http_methods(["GET", "POST"])
@operator_only
def lift(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """Give a name free before its time, with the reason."""
    claim = (
        CustomDomain.objects.select_related("merchant").filter(pk=claim_id, quarantined_until__gt=clock.now()).first()
    )
    if claim is None:
        raise NoSuchDomain
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        lift_quarantine(claim_id=claim_id, by=_by(request), reason=form.cleaned_data["reason"], now=clock.now())
        return done(request, to=reverse("console:domains"), sentence=_("保留期已解除，其他店铺可以添加并验证它。"))
    context = console_context(request, form=form, claim=claim)
    template = "console/domain_lift.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
