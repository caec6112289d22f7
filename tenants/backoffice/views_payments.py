"""支付设置: an owner connects payment companies, tries their keys, and chooses what shoppers see."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control.people.doors import staff_only
from control.people.models import Role
from kit import clock
from kit.errors import Kind, Refused
from kit.web.answers import again, done
from kit.web.refusals import tell_form
from tenants.backoffice.forms_payments import FORMS, ChannelForm
from tenants.backoffice.shell import desk_context, expiry_banner
from tenants.payments.channels import all_channels, callback_url, channel_of, offered_ways
from tenants.payments.models import Channel
from tenants.payments.setup import (
    AccountInUse,
    check_channel,
    configure_channel,
    explain_check,
    move_channel,
    switch_channel,
)
from tenants.payments.ways import ALIPAY, BALANCE, COMPANIES, PROVIDER_LABELS, SANDBOX, STRIPE, WECHAT

HOME = "/backoffice/payments"
ABOUT = {
    WECHAT: gettext_lazy("小程序、手机浏览器和扫码付款，钱直接进您的商户号。"),
    ALIPAY: gettext_lazy("手机网站、电脑网站和扫码付款，钱直接进您的支付宝。"),
    STRIPE: gettext_lazy("境外银行卡，钱进您的 Stripe 账户。"),
    BALANCE: gettext_lazy("顾客用在本店的余额付款，退款也退回余额。"),
    SANDBOX: gettext_lazy("不会真的扣款，只用来试用。正式营业前请关掉。"),
}


class OwnersOnly(Refused):
    """Somebody other than the owner opened the payment settings."""

    code, kind, sentence = "owners_only", Kind.FORBIDDEN, gettext_lazy("支付设置只有店主可以查看和修改。")


def owners_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let owners through; stands below ``staff_only``. The view raises OwnersOnly for anybody else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.seat.role != Role.OWNER:  # type: ignore[attr-defined]
            raise OwnersOnly
        return view(request, *args, **kwargs)

    return guarded


@never_cache
@require_safe
@staff_only
@owners_only
def channels(request: HttpRequest) -> HttpResponse:
    """List every company, what is connected, and what shoppers see now."""
    known = {channel.provider: channel for channel in all_channels()}
    order = [*known, *(provider for provider in PROVIDER_LABELS if provider not in known)]
    rows = [
        {
            "provider": provider,
            "name": PROVIDER_LABELS[provider],
            "about": ABOUT[provider],
            "channel": known.get(provider),
            "is_company": provider in COMPANIES,
            "facts": _shown_facts(known.get(provider)),
        }
        for provider in order
    ]
    banners = expiry_banner(now=clock.now())
    context = desk_context(
        request, banners=banners, rows=rows, offered=list(dict.fromkeys(str(way.label) for way in offered_ways()))
    )
    return render(request, "backoffice/payments/channels.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_only
@owners_only
def configure(request: HttpRequest, provider: str) -> HttpResponse:
    """Take new keys for a company. What was pasted is never shown again, not even when something else is wrong."""
    if provider not in FORMS:
        raise Http404
    channel = channel_of(provider)
    form = FORMS[provider](request.POST if request.method == "POST" else None, channel=channel)
    if form.is_bound and form.is_valid() and _kept(form, request):
        found = check_channel(provider=provider, now=clock.now())
        sentence = (
            str(explain_check(found))
            if found.is_good
            else _("密钥已保存，但测试没有通过：") + str(explain_check(found))
        )
        return done(request, to=HOME, sentence=sentence)
    if form.is_bound:
        form.forget_secrets()
    context = desk_context(
        request,
        form=form,
        name=PROVIDER_LABELS[provider],
        callback=callback_url(channel) if channel else "",
        crumbs=[(_("支付设置"), HOME), (PROVIDER_LABELS[provider], "")],
    )
    template = "backoffice/payments/configure.html"
    return again(request, template, context) if form.is_bound else render(request, template, context)


@require_POST
@staff_only
@owners_only
def act(request: HttpRequest, provider: str, what: str) -> HttpResponse:
    """Try a channel's keys, switch it on or off, or put it first."""
    if provider not in PROVIDER_LABELS:
        raise Http404
    now = clock.now()
    if what == "check":
        found = check_channel(provider=provider, now=now)
        return done(request, to=HOME, sentence=str(explain_check(found)))
    if what == "first":
        move_channel(provider=provider, now=now)
        return done(request, to=HOME, sentence=_("已排到最前。"))
    switch_channel(provider=provider, on=what == "on", **_by(request), now=now)
    return done(request, to=HOME, sentence=_("已启用，顾客现在可以用它付款。") if what == "on" else _("已停用。"))


def _by(request: HttpRequest) -> dict[str, str]:
    person = request.person  # type: ignore[attr-defined]
    return {"by_name": str(person), "by_email": person.email}


def _kept(form: ChannelForm, request: HttpRequest) -> bool:
    try:
        configure_channel(draft=form.draft(), **_by(request), now=clock.now())
    except AccountInUse as refusal:
        tell_form(form, refusal)
        return False
    return True


def _shown_facts(channel: Channel | None) -> list[tuple[str, str]]:
    if channel is None:
        return []
    labels = {
        "mchid": _("商户号"),
        "appid": _("AppID"),
        "seller_id": _("PID"),
        "serial_no": _("证书序列号"),
        "fingerprint": _("私钥指纹"),
        "api_key": _("密钥"),
    }
    return [(label, channel.facts[name]) for name, label in labels.items() if channel.facts.get(name)]
