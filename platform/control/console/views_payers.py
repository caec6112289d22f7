"""Who pays for whom: agreed and ended by two operators."""

from decimal import Decimal
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from billing.services.link_payer import approve_end, approve_link, request_end, request_link, withdraw_link
from control.console.desk import console_context
from control.console.forms import ReasonForm
from control.console.selectors_payers import link_with_id, payer_links, store_named
from control.merchants.models import Merchant
from control.people.doors import operator_only
from kit import clock
from kit.errors import Refused
from kit.web.answers import again, done
from kit.web.lists import Column, page_of
from kit.web.refusals import tell_form

COLUMNS = [
    Column(gettext_lazy("付款方")),
    Column(gettext_lazy("合伙人")),
    Column(gettext_lazy("从")),
    Column(gettext_lazy("到")),
    Column(gettext_lazy("计费方式")),
    Column(gettext_lazy("状态")),
    Column(""),
]


class LinkForm(ReasonForm):
    """Two stores by their short names, the first day, and whether their orders count together."""

    payer = forms.CharField(
        label=gettext_lazy("付款方（店铺域名前缀）"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写付款方的店铺域名前缀。")},
    )
    child = forms.CharField(
        label=gettext_lazy("合伙人（店铺域名前缀）"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写合伙人的店铺域名前缀。")},
    )
    first_day = forms.DateField(
        label=gettext_lazy("从哪天起代付"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": gettext_lazy("请选择日期。"), "invalid": gettext_lazy("请选择日期。")},
    )
    pools_fees = forms.BooleanField(
        label=gettext_lazy("与付款方合并计费"),
        required=False,
        initial=True,
        help_text=gettext_lazy("两家店的成交额一起累计阶梯；不勾就按合伙人自己的套餐计费。"),
    )
    payer_percent = forms.DecimalField(
        label=gettext_lazy("总部分成比例"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=gettext_lazy("每笔订单扣掉服务费和支付手续费后，总部留下的百分比，其余归合伙人；不填就不分成。"),
        error_messages={"invalid": gettext_lazy("请填写 0 到 100 的百分比。")},
    )
    channel_percent = forms.DecimalField(
        label=gettext_lazy("支付手续费率"),
        required=False,
        min_value=0,
        max_value=10,
        max_digits=4,
        decimal_places=2,
        help_text=gettext_lazy("支付公司收的百分比，分成前先扣，例如 0.6。"),
        error_messages={"invalid": gettext_lazy("请填写 0 到 10 的百分比。")},
    )
    field_order = ("payer", "child", "first_day", "pools_fees", "payer_percent", "channel_percent", "reason")

    def clean_payer(self) -> Merchant:
        """Find the store that pays."""
        return _named(self.cleaned_data["payer"])

    def clean_child(self) -> Merchant:
        """Find the store that is paid for."""
        return _named(self.cleaned_data["child"])


def _ppm(percent: Decimal | None) -> int | None:
    return None if percent is None else int(percent * 10_000)


def _named(slug: str) -> Merchant:
    found = store_named(slug)
    if found is None:
        raise forms.ValidationError(_("没有这家店。"))
    return found


class EndForm(forms.Form):
    """The last day that is paid for."""

    last_day = forms.DateField(
        label=gettext_lazy("代付到哪天"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("当天仍由付款方付，第二天起合伙人自己付。"),
        error_messages={"required": gettext_lazy("请选择日期。"), "invalid": gettext_lazy("请选择日期。")},
    )


@require_http_methods(["GET", "POST"])
@operator_only
def payers(request: HttpRequest) -> HttpResponse:
    """List every agreement, and ask for another."""
    form, now = LinkForm(request.POST or None, initial={"pools_fees": True}), clock.now()
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        try:
            request_link(
                payer_id=typed["payer"].pk,
                child_id=typed["child"].pk,
                first_day=typed["first_day"],
                pools_fees=typed["pools_fees"],
                payer_share_ppm=_ppm(typed["payer_percent"]),
                channel_fee_ppm=_ppm(typed["channel_percent"]) or 0,
                reason=typed["reason"],
                by=_by(request),
                now=now,
            )
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("console:payers"), sentence=_("已提交，请另一位运营人员批准。"))
    rows = page_of(payer_links(), request.GET)
    context = console_context(request, rows=rows, columns=COLUMNS, form=form, me=_by(request), now=now)
    if form.is_bound:
        return again(request, "console/payers.html", context)
    return render(request, "console/payers.html", context)


@require_POST
@operator_only
def approve(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Approve what another operator asked for: the beginning, or the end."""
    link = link_with_id(link_id)
    story = approve_end if link.approved_at is not None else approve_link
    story(link_id=link.pk, by=_by(request), now=clock.now())
    return done(request, to=reverse("console:payers"), sentence=_("已批准，到那天零点自动生效。"))


@require_POST
@operator_only
def withdraw(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Take a request back."""
    withdraw_link(link_id=link_with_id(link_id).pk, by=_by(request), now=clock.now())
    return done(request, to=reverse("console:payers"), sentence=_("申请已撤回。"))


@require_http_methods(["GET", "POST"])
@operator_only
def end(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Ask that an agreement ends."""
    link, form = link_with_id(link_id), EndForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            request_end(link_id=link.pk, last_day=form.cleaned_data["last_day"], by=_by(request), now=clock.now())
        except Refused as refusal:
            tell_form(form, refusal)
        else:
            return done(request, to=reverse("console:payers"), sentence=_("已提交，请另一位运营人员批准。"))
    crumbs = [(_("代付"), reverse("console:payers")), (link.child.merchant.name, "")]
    context = console_context(request, link=link, form=form, crumbs=crumbs)
    if form.is_bound:
        return again(request, "console/payer_end.html", context)
    return render(request, "console/payer_end.html", context)


def _by(request: HttpRequest) -> str:
    return str(request.person.email)  # type: ignore[attr-defined]
