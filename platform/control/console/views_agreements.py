"""What an operator ends or settles with a reason: a coupon, a gift, how a merchant's months are counted."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from billing.models.catalogue import Feature, Limit
from billing.models.coupons import Coupon
from billing.models.grants import Gift
from billing.refusals import NoSubscription
from billing.services.give_gift import GiftMissing, end_gift
from billing.services.make_coupon import CouponMissing, stop_coupon
from billing.services.set_calendar import set_calendar
from control.console import selectors
from control.console.desk import console_context
from control.console.forms import ReasonForm
from control.people.doors import operator_only
from kit import clock
from kit.web.answers import again, done


class CalendarForm(ReasonForm):
    """How the next plan's months are counted."""

    bills_by_calendar = forms.BooleanField(
        label=gettext_lazy("按自然月出账"),
        required=False,
        help_text=gettext_lazy("每月 1 日出账，开通当月按天算；不勾就从开通那天起算。"),
    )
    field_order = ("bills_by_calendar", "reason")


@require_http_methods(["GET", "POST"])
@operator_only
def coupon_stop(request: HttpRequest, coupon_id: UUID) -> HttpResponse:
    """Stop a coupon: nobody redeems it any more."""
    coupon = Coupon.objects.filter(pk=coupon_id).first()
    if coupon is None:
        raise CouponMissing
    form, to = ReasonForm(request.POST or None), reverse("console:coupons")
    if form.is_bound and form.is_valid():
        stop_coupon(coupon_id=coupon_id, actor=_by(request), reason=form.cleaned_data["reason"], now=clock.now())
        return done(request, to=to, sentence=_("优惠码 %(code)s 已停用。") % {"code": coupon.code})
    return _asked(
        request,
        form,
        title=_("停用优惠码"),
        subtitle=coupon.code,
        note_title=_("已领取的不受影响"),
        note_text=_("已有 %(n)s 家领取，答应的优惠照给到期；停用后不能再领取。") % {"n": coupon.redeemed},
        button=_("停用"),
        is_danger=True,
        back=to,
        crumbs=[(_("优惠码"), to), (_("停用优惠码"), "")],
    )


@require_http_methods(["GET", "POST"])
@operator_only
def gift_end(request: HttpRequest, merchant_id: UUID, gift_id: UUID) -> HttpResponse:
    """Take a gift back."""
    merchant = selectors.merchant_with_id(merchant_id)
    gift = Gift.objects.filter(pk=gift_id, billing_account__merchant=merchant).first()
    if gift is None:
        raise GiftMissing
    form, to = ReasonForm(request.POST or None), reverse("console:subscription", args=[merchant.pk])
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        end_gift(gift_id=gift_id, merchant_id=merchant.pk, actor=_by(request), reason=reason, now=clock.now())
        return done(request, to=to, sentence=_("赠送已结束，额度马上按套餐计算。"))
    what = dict([*Limit.choices, *Feature.choices])[gift.what]
    return _asked(
        request,
        form,
        title=_("结束赠送"),
        subtitle=f"{merchant.name} · {what}",
        note_title=_("店里已有的不会删除"),
        note_text=_("超出套餐的部分都留着，只是不能再增加。"),
        button=_("结束赠送"),
        is_danger=True,
        back=to,
        crumbs=[(merchant.name, reverse("console:store", args=[merchant.pk])), (_("订阅"), to), (_("结束赠送"), "")],
    )


@require_http_methods(["GET", "POST"])
@operator_only
def calendar(request: HttpRequest, merchant_id: UUID) -> HttpResponse:
    """Choose whether the months of a merchant's next plan begin on the first."""
    merchant = selectors.merchant_with_id(merchant_id)
    billing_account = selectors.account_of(merchant)
    if billing_account is None:
        raise NoSubscription
    form = CalendarForm(request.POST or None, initial={"bills_by_calendar": billing_account.bills_by_calendar})
    to = reverse("console:subscription", args=[merchant.pk])
    if form.is_bound and form.is_valid():
        set_calendar(merchant_id=merchant.pk, actor=_by(request), now=clock.now(), **form.cleaned_data)
        return done(request, to=to, sentence=_("已保存，下次开通或换周期时生效。"))
    return _asked(
        request,
        form,
        title=_("出账日"),
        subtitle=merchant.name,
        note_title=_("正在用的套餐不变"),
        note_text=_("已开始的套餐保持原来的出账日；下次开通或换周期时按这里的设置。"),
        button=_("保存"),
        back=to,
        crumbs=[(merchant.name, reverse("console:store", args=[merchant.pk])), (_("订阅"), to), (_("出账日"), "")],
    )


def _asked(request: HttpRequest, form: forms.Form, **words: Any) -> HttpResponse:
    context = console_context(request, form=form, **words)
    return again(request, "console/reason.html", context) if form.is_bound else render(
        request, "console/reason.html", context
    )  # fmt: skip


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
