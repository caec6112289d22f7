"""The forms of the public site: shapes only, the stories decide."""

from typing import Any, ClassVar

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from billing.models.catalogue import Interval
from kit.web.forms import MoneyField


def _count(label: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=100_000, widget=widget)


class CostForm(forms.Form):
    """The calculator on the price page."""

    EXAMPLE: ClassVar[dict[str, str]] = {"orders": "3000", "average": "45", "interval": "year"}

    orders = forms.IntegerField(
        label=_("每月订单数"),
        min_value=1,
        max_value=10_000_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    average = MoneyField(label=_("平均每单金额"), least_minor=1, most_minor=100_000_000)
    interval = forms.ChoiceField(label=_("付款方式"), choices=Interval.choices, required=False)
    leaders = _count(_("团长"))
    cities = _count(_("城市"))
    staff = _count(_("员工账号"))

    @property
    def wanted(self) -> dict[str, int]:
        """How many there shall be of what plans count; nothing where nothing was typed."""
        typed = {what: self.cleaned_data[what] for what in ("leaders", "cities", "staff")}
        return {what: count for what, count in typed.items() if count}


class SignUpForm(forms.Form):
    """What a stranger tells us to open a store."""

    phone = forms.CharField(
        label=_("手机号"), max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    code = forms.CharField(
        label=_("短信验证码"), max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("邮箱"),
        help_text=_("登录后台用它，账单也发到这里。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("登录密码"), help_text=_("至少 8 位，不要只用数字。"), max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )  # fmt: skip
    store_name = forms.CharField(
        label=_("店铺名称"), max_length=40, help_text=_("顾客看到的名字，以后可以改。"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    slug = forms.CharField(
        label=_("店铺地址"), max_length=32,
        widget=forms.TextInput(
            attrs={
                "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false",
                # asked again while typing; the sign-up itself decides
                "hx-get": reverse_lazy("signup:slug"), "hx-trigger": "input changed delay:350ms",
                "hx-target": "#slug-answer", "hx-include": "[name=store_name]", "hx-sync": "this:replace",
            }
        ),
    )  # fmt: skip
    accepted_terms = forms.BooleanField(
        label=_("我已阅读并同意服务协议和隐私政策"), error_messages={"required": _("请先阅读并同意服务协议。")}
    )


class FindStoreForm(forms.Form):
    """Someone who runs a store but forgot its address."""

    phone = forms.CharField(
        label=_("开店时的手机号"), max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    code = forms.CharField(
        label=_("短信验证码"), max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip
