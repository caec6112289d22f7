"""Plan and use, the range to choose from, and the choice with its exact amount."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from billing.models.catalogue import Interval, Limit
from billing.selectors import card_in_use, price_on_sale, prices_on_sale, terms_of, use_of_store
from billing.services.choose_plan import PlanTooSmall, choose_plan
from billing.tax import included_in
from control.account.desk import account_context, owners_only, store_of
from control.account.selectors import standing_of, subscription_of
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control
from kit.web.answers import again, done
from kit.web.format import number
from kit.web.lists import Tab, address
from kit.web.refusals import tell_form


@require_safe
@staff_only
def plan(request: HttpRequest) -> HttpResponse:
    """Show the plan, how much of it is used, and what the next invoice will be."""
    standing = standing_of(store_of(request), clock.now())
    return render(request, "account/plan.html", account_context(request, "account:plan", standing=standing))


@require_safe
@staff_only
def plans(request: HttpRequest) -> HttpResponse:
    """Compare what is on sale, monthly or yearly."""
    now, store = clock.now(), store_of(request)
    interval = request.GET.get("interval", Interval.MONTH)
    standing = standing_of(store, now)
    with in_control():
        prices = [price for price in prices_on_sale(now=now, currency=store.currency) if price.interval == interval]
    tabs = [
        Tab(label, address(request.GET, interval=code), is_current=code == interval) for code, label in Interval.choices
    ]
    context = account_context(
        request,
        "account:plan",
        standing=standing,
        prices=prices,
        intervals=tabs,
        limits=[(price.pk, _limits_of(price)) for price in prices],
    )
    return render(request, "account/plans.html", context)


def _limits_of(price: Any) -> list[tuple[Any, str]]:
    written = [(what.label, price.limits.get(what.value)) for what in Limit]
    return [
        (label, _("不限") if limit is None else number(limit))
        for label, limit in [*written, (_("城市数"), price.limits.get("cities"))]
    ]


class ChoiceForm(forms.Form):
    """When to begin, and the amount that was shown."""

    when = forms.ChoiceField(
        choices=[("now", gettext_lazy("马上开始")), ("later", gettext_lazy("试用结束再开始"))],
        widget=forms.RadioSelect,
        label=gettext_lazy("什么时候开始"),
        required=False,
    )
    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def choose(request: HttpRequest, price_id: UUID) -> HttpResponse:
    """Show what choosing a price means to the fen, and do it when confirmed."""
    now, store = clock.now(), store_of(request)
    at_once = (request.POST or request.GET).get("when", "now") != "later"
    used = use_of_store(store=store)
    with in_control():
        subscription = subscription_of(store)
        price = price_on_sale(price_id=price_id, now=now, currency=store.currency)
        terms = terms_of(subscription=subscription, price=price, at_once=at_once, now=now)
        card = card_in_use(billing_account=subscription.billing_account)
    form = ChoiceForm(
        request.POST or None,
        initial={"when": "now" if at_once else "later", "expected": terms.due_now_minor},
    )
    if form.is_bound and form.is_valid():
        try:
            with in_control():
                choose_plan(
                    merchant_id=store.merchant_id,
                    price_id=price_id,
                    at_once=at_once,
                    expected_minor=form.cleaned_data["expected"],
                    actor=request.person.email,  # type: ignore[attr-defined]
                    now=now,
                )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("account:plan"), sentence=_chosen(terms.at_once, str(price.edition)))
    context = account_context(
        request,
        "account:plan",
        form=form,
        terms=terms,
        price=price,
        card=card,
        tax=included_in(terms.due_now_minor, ppm=price.tax_ppm),
        too_much=_too_much(price.limits, used),
        too_much_says=PlanTooSmall.sentence,
        is_trial=subscription.state == "trialing",
        trial_ends_at=subscription.trial_ends_at,
        crumbs=[
            (_("套餐与用量"), reverse("account:plan")),
            (_("选择套餐"), reverse("account:plans")),
            (str(price.edition), ""),
        ],
    )
    return (
        again(request, "account/choose.html", context)
        if form.is_bound
        else render(request, "account/choose.html", context)
    )


def _too_much(limits: dict[str, int | None], used: dict[str, int]) -> list[str]:
    """Say what the store has more of than the plan allows."""
    over = []
    for what in Limit:
        limit = limits.get(what.value)
        if limit is not None and used[what] > limit:
            words = {"what": what.label, "used": number(used[what]), "limit": number(limit)}
            over.append(_("%(what)s现有 %(used)s，套餐上限 %(limit)s") % words)
    return over


def _chosen(at_once: bool, name: str) -> str:
    if at_once:
        return _("已开通%(name)s，正在扣款，到账后账单会标为已支付。") % {"name": name}
    return _("已约好换成%(name)s，到期自动生效。") % {"name": name}
