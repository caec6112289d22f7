"""Entering a merchant's back office, and the list of who did."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.console import selectors
from control.console.desk import console_context
from control.console.forms import SearchForm, VisitForm
from control.merchants.models import Merchant
from control.people.doors import operator_only
from control.people.login import WrongPassword, log_in
from control.support.models import SupportVisit
from control.support.selectors import consent_of, steps_of, visits_like
from control.support.services.end_visits import end_visits
from control.support.services.start_visit import start_visit
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form

COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("谁、为什么")),
    Column(gettext_lazy("时间"), align="num"),
    Column(gettext_lazy("操作数"), align="num"),
    Column(gettext_lazy("状态")),
]


@require_safe
@operator_only
def visits(request: HttpRequest) -> HttpResponse:
    """List the visits to all stores, live and past."""
    filters = SearchForm(request.GET, says=_("原因、工单、人员或页面"))
    rows = page_of(visits_like(query=filters.query), request.GET)
    shown = list(rows)
    stores = Merchant.objects.in_bulk({row.merchant_id for row in shown})
    now = clock.now()
    context = console_context(
        request,
        rows=rows,
        lines=[(row, stores.get(row.merchant_id), row.state_at(now) == "live") for row in shown],
        columns=COLUMNS,
        filters=filters,
        is_filtered=bool(filters.query),
    )
    return render(request, "console/visits.html", context)


@require_safe
@operator_only
def visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Show one visit, step by step."""
    shown = _found(visit_id)
    merchant = selectors.merchant_with_id(shown.merchant_id)
    crumbs = [(_("平台协助"), reverse("console:visits")), (merchant.name, "")]
    live = shown.state_at(clock.now()) == "live"
    context = console_context(
        request, visit=shown, merchant=merchant, steps=steps_of(shown), is_live=live, crumbs=crumbs
    )
    return render(request, "console/visit.html", context)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
@operator_only
def begin(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Ask why, once more for the password, and lead to the store's own host with a pass."""
    merchant, now = selectors.merchant_with_id(merchant_id), clock.now()
    person = request.person  # type: ignore[attr-defined]
    form = VisitForm(request.POST or None)
    if form.is_valid():
        said = dict(form.cleaned_data)
        try:
            if log_in(email=person.email, password=said.pop("password"), now=now).pk != person.pk:
                raise WrongPassword
            _visit, token = start_visit(merchant_id=merchant_id, operator=person, now=now, **said)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            host = f"{merchant.slug}.{settings.LINLI_DOMAIN}{settings.LINLI_PORT_SUFFIX}"
            return done(request, to=f"{settings.LINLI_SCHEME}://{host}/backoffice/support/enter?pass={token}")
    context = console_context(request, form=form, merchant=merchant, consent=consent_of(merchant_id))
    template = "console/visit_begin.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@operator_only
def end(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """End a visit, one's own or another operator's."""
    found = _found(visit_id)
    end_visits(visit_id=found.pk, by=request.person.email, now=clock.now())  # type: ignore[attr-defined]
    return done(request, to=reverse("console:visit", args=[visit_id]), sentence=_("已结束。"))


def _found(visit_id: UUID) -> SupportVisit:
    found = SupportVisit.objects.select_related("operator").filter(pk=visit_id).first()
    if found is None:
        raise selectors.NotInConsole
    return found
