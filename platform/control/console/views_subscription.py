"""One merchant's subscription: its timeline, every movement with a reason, and gifts."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from billing.entitlements import granted
from billing.models.agreements import Subscription
from billing.models.catalogue import Feature, Limit
from billing.models.changes import Movement
from billing.models.grants import GrantSource
from billing.refusals import NoSubscription
from billing.selectors import last_subscription, phase_at, prices_on_sale
from billing.services.confirm_change import confirm_change
from billing.services.give_gift import give_gift
from billing.services.quote_change import Quoted, quote_change
from billing.telling import history_of, shown_lines, title_of, too_much
from billing.wishes import Wish
from control.console import selectors
from control.console.desk import console_context
from control.console.forms_plans import GiftForm, MovementForm, QuoteForm
from control.merchants.models import Merchant
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column
from kit.web.refusals import tell_form

GRANT_COLUMNS = [
    Column(gettext_lazy("内容")),
    Column(gettext_lazy("数量"), align="num"),
    Column(gettext_lazy("来源")),
    Column(gettext_lazy("从")),
    Column(gettext_lazy("到")),
]
CHANGE_COLUMNS = [
    Column(gettext_lazy("操作")),
    Column(gettext_lazy("金额"), align="num"),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("谁")),
    Column(gettext_lazy("原因")),
    Column(gettext_lazy("时间")),
]
_LATEST = 20


@require_http_methods(["GET", "POST"])
@operator_only
def subscription(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Show a subscription's life, and give a gift when one is posted."""
    now = clock.now()
    merchant, live = _known(merchant_id)
    form = GiftForm(request.POST or None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            give_gift(
                merchant_id=merchant.pk, what=given["what"], amount=given["amount"], ends_at=form.until(),
                actor=_by(request), reason=given["reason"], now=now,
            )  # fmt: skip
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=_here(merchant), sentence=_("已赠送，马上生效。"))
    words = dict([*Limit.choices, *Feature.choices])
    grants = [grant for grant in granted(billing_account=live.billing_account) if grant.covers(now)]
    context = console_context(
        request,
        merchant=merchant,
        subscription=live,
        phase=phase_at(live, now),
        history=history_of(live, now),
        grants=[(words[grant.what], grant, GrantSource(grant.source).label) for grant in grants],
        grant_columns=GRANT_COLUMNS,
        changes=list(live.changes.exclude(confirmed_at=None).order_by("-confirmed_at")[:_LATEST]),
        change_columns=CHANGE_COLUMNS,
        movement=MovementForm(prices=prices_on_sale(now=now, currency=live.billing_account.currency)),
        form=form,
        crumbs=[(_("店铺"), reverse("console:stores")), (merchant.name, _store(merchant)), (_("订阅"), "")],
    )
    template = "console/subscription.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_http_methods(["GET", "POST"])
@operator_only
def movement(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Show what a movement costs the merchant, and do it with a reason when confirmed."""
    now = clock.now()
    merchant, live = _known(merchant_id)
    wanted = MovementForm(request.GET, prices=prices_on_sale(now=now, currency=live.billing_account.currency))
    if not wanted.is_valid() or (wanted.cleaned_data["movement"] in _NEED_PRICE and not wanted.cleaned_data["price"]):
        return done(request, to=_here(merchant), sentence=_("请先选好操作和套餐。"))
    form = QuoteForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            confirm_change(
                change_id=form.cleaned_data["quote"], merchant_id=merchant.pk, actor=_by(request), now=now,
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=_here(merchant), sentence=_("已办好。"))
    quoted = _quoted(request, merchant, wanted)
    context = console_context(
        request,
        merchant=merchant,
        currency=live.billing_account.currency,
        quoted=quoted,
        lines=shown_lines(quoted),
        too_much=too_much(quoted.overuse),
        title=title_of(wanted.cleaned_data["movement"]),
        price=quoted.proposal.price,
        form=form,
        crumbs=[(merchant.name, _store(merchant)), (_("订阅"), _here(merchant)), (_("确认"), "")],
    )
    template = "console/movement.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


_NEED_PRICE = (Movement.START, Movement.SWITCH_NOW, Movement.SWITCH_LATER)


def _quoted(request: HttpRequest, merchant: Merchant, wanted: MovementForm) -> Quoted:
    given = wanted.cleaned_data
    wish = Wish(
        Movement(given["movement"]),
        UUID(given["price"]) if given["price"] else None,
        given["add_on"],
        given["quantity"] or 0,
        given["coupon"],
        by_operator=True,
    )
    return quote_change(merchant_id=merchant.pk, wish=wish, actor=_by(request), now=clock.now())


def _known(merchant_id: UUID) -> tuple[Merchant, Subscription]:
    merchant = selectors.merchant_with_id(merchant_id)
    live = last_subscription(merchant_id=merchant.pk)
    if live is None:
        raise NoSubscription
    return merchant, live


def _here(merchant: Merchant) -> str:
    return reverse("console:subscription", args=[merchant.pk])


def _store(merchant: Merchant) -> str:
    return reverse("console:store", args=[merchant.pk])


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
