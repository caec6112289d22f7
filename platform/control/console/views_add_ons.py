"""Prices of add-ons as versions: who holds the one that runs, and the next."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from billing.cohorts import holders_of_add_on
from billing.models.addons import AddOnPrice
from billing.selectors import NotOnSale
from billing.services.publish_add_on import publish_add_on_price
from control.console.desk import console_context
from control.console.forms_plans import AddOnPriceForm, add_on_initial
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column
from kit.web.refusals import tell_form

HOLDER_COLUMNS = [
    Column(gettext_lazy("店铺")),
    Column(gettext_lazy("数量"), align="num"),
    Column(gettext_lazy("从什么时候起")),
    Column(gettext_lazy("仍付"), align="num"),
]


@require_http_methods(["GET", "POST"])
@operator_only
def new_price(request: HttpRequest, price_id: UUID) -> HttpResponse:
    """Publish the price that follows one, after showing who keeps the old one."""
    now = clock.now()
    old = AddOnPrice.objects.select_related("add_on").filter(pk=price_id).first()
    if old is None:
        raise NotOnSale
    form = AddOnPriceForm(request.POST or None, initial=add_on_initial(old, now))
    if form.is_bound and form.is_valid():
        try:
            publish_add_on_price(
                draft=form.draft(follows=old), actor=_by(request), reason=form.cleaned_data["reason"], now=now
            )
        except Refused as refusal:
            tell_form(form, refusal, names={"amount_minor": "amount", "tax_ppm": "tax"})
        else:
            return done(request, to=reverse("console:prices"), sentence=_("新价格已发布，在用的商家仍按原价。"))
    context = console_context(
        request,
        form=form,
        price=old,
        holders=holders_of_add_on(price=old, now=now),
        columns=HOLDER_COLUMNS,
        crumbs=[(_("套餐与价格"), reverse("console:prices")), (str(old.add_on), "")],
    )
    template = "console/add_on_price.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
