"""Changing the subscription: the exact amount first, then one button."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from billing.models.changes import ChangeState, Movement, PlanChange
from billing.proposals import is_upgrade
from billing.refusals import QuoteMissing
from billing.selectors import card_in_use, phase_at, price_on_sale
from billing.services.choose_plan import PlanTooSmall
from billing.services.confirm_change import confirm_change
from billing.services.quote_change import Quoted, quote_change
from billing.telling import shown_lines, tax_of, title_of, too_much
from billing.wishes import Wish
from control.account.desk import account_context, owners_only, store_of
from control.account.selectors import subscription_of
from control.people.doors import staff_only
from kit import clock
from kit.errors import Refused
from kit.tenancy import in_control
from kit.web.answers import again, done
from kit.web.refusals import tell_form

_LEAVING = (Movement.CANCEL_LATER, Movement.CANCEL_NOW)


class WishForm(forms.Form):
    """What is wanted; the address carries it, so that a reload shows the same."""

    movement = forms.ChoiceField(choices=Movement.choices)
    price = forms.UUIDField(required=False)
    add_on = forms.SlugField(required=False, max_length=20)
    quantity = forms.IntegerField(required=False, min_value=0, max_value=999)
    coupon = forms.CharField(required=False, max_length=30)

    def wish(self) -> Wish:
        """The wish. :raises QuoteMissing: it makes no sense."""
        if not self.is_valid():
            raise QuoteMissing
        given = self.cleaned_data
        movement = Movement(given["movement"])
        needs_price = movement in (Movement.START, Movement.SWITCH_NOW, Movement.SWITCH_LATER)
        if needs_price and given["price"] is None:
            raise QuoteMissing
        return Wish(movement, given["price"], given["add_on"], given["quantity"] or 0, given["coupon"])


class ConfirmForm(forms.Form):
    """The quote that was shown, and why one leaves."""

    quote = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": gettext_lazy("请核对金额后再确认。")})
    reason = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("为什么离开？"),
        help_text=gettext_lazy("一句话就好，帮我们改进。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def change(request: HttpRequest) -> HttpResponse:
    """Show what a change means to the fen, and do it when confirmed."""
    return _answer(request, WishForm(request.GET).wish())


@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def choose(request: HttpRequest, price_id: UUID) -> HttpResponse:
    """Show what choosing a plan means: at once where that is possible, else when the paid time is over."""
    now, store = clock.now(), store_of(request)
    later = (request.POST or request.GET).get("when", "now") == "later"
    with in_control():
        subscription = subscription_of(store)
        phase = phase_at(subscription, now)
        if phase is None or phase.price_id != price_id:
            price = price_on_sale(price_id=price_id, now=now, currency=store.currency)
            rises = phase is not None and is_upgrade(phase.price, price)
        else:
            rises = False
    if subscription.state in ("expired", "cancelled") or (subscription.state == "trialing" and not later):
        return _answer(request, Wish(Movement.START, price_id))
    movement = (
        Movement.SWITCH_NOW if rises and not later and subscription.state != "trialing" else Movement.SWITCH_LATER
    )
    return _answer(request, Wish(movement, price_id), may_wait=rises)


def _answer(request: HttpRequest, wish: Wish, *, may_wait: bool = False) -> HttpResponse:
    form = ConfirmForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = _confirmed(request, form, wish)
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("account:plan"), sentence=_said(made))
    quoted = _quoted(request, wish)
    return _page(request, wish, quoted, form, may_wait)


def _confirmed(request: HttpRequest, form: ConfirmForm, wish: Wish) -> PlanChange:
    with in_control():
        known = PlanChange.objects.filter(pk=form.cleaned_data["quote"], movement=wish.movement).first()
        if known is None or known.wish != wish.written():
            raise QuoteMissing
        return confirm_change(
            change_id=known.pk,
            merchant_id=store_of(request).merchant_id,
            actor=request.person.email,  # type: ignore[attr-defined]
            now=clock.now(),
            reason=form.cleaned_data["reason"],
        )


def _quoted(request: HttpRequest, wish: Wish) -> Quoted:
    with in_control():
        return quote_change(
            merchant_id=store_of(request).merchant_id,
            wish=wish,
            actor=request.person.email,  # type: ignore[attr-defined]
            now=clock.now(),
        )


def _page(request: HttpRequest, wish: Wish, quoted: Quoted, form: ConfirmForm, may_wait: bool) -> HttpResponse:
    subscription = quoted.change.subscription
    with in_control():
        card = card_in_use(billing_account=subscription.billing_account)
    context = account_context(
        request,
        "account:plan",
        form=form,
        quoted=quoted,
        lines=shown_lines(quoted),
        tax_minor=tax_of(quoted),
        back_minor=-quoted.change.total_minor,
        now=clock.now(),
        price=quoted.proposal.price,
        title=title_of(wish.movement),
        coupon=wish.coupon.upper(),
        card=card,
        needs_card=card is None and wish.movement in _PAYING,
        too_much=too_much(quoted.overuse),
        too_much_says=PlanTooSmall.sentence,
        may_choose_time=may_wait or (subscription.state == "trialing" and quoted.proposal.price is not None),
        later_at=subscription.trial_ends_at if subscription.state == "trialing" else subscription.period_ends_at,
        is_leaving=wish.movement in _LEAVING,
        is_pausing=wish.movement == Movement.PAUSE,
        is_trial=subscription.state == "trialing",
        movement=str(wish.movement),
        crumbs=[(_("套餐与用量"), reverse("account:plan")), (title_of(wish.movement), "")],
    )
    if form.is_bound:
        return again(request, "account/change.html", context)
    return render(request, "account/change.html", context)


_PAYING = (Movement.START, Movement.SWITCH_NOW, Movement.SWITCH_LATER, Movement.ADD_ON, Movement.UNPAUSE)


def _said(made: PlanChange) -> str:
    if made.state == ChangeState.WAITING:
        return _("已发起扣款，到账后马上生效。")
    if made.state == ChangeState.WITHDRAWN:
        return _("扣款没有成功，套餐没有变。换一张卡再试。")
    if made.movement == Movement.SWITCH_LATER:
        return _("已约好更换套餐，到期自动生效。")
    if made.movement == Movement.START:
        return _("已开通，正在扣款，到账后账单会标为已支付。")
    return _("已办好。")
