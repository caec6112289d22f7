"""What an owner pastes to be paid: account numbers and keys, checked before anybody is asked."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kit.ports.payments import keys as held
from kit.ports.payments.keys import AlipayKeys, NotAKey, StripeKeys, WeChatKeys
from kit.web.forms import MoneyField
from tenants.payments.balances import MOST_MINOR
from tenants.payments.models import Channel
from tenants.payments.setup import ChannelDraft
from tenants.payments.ways import ALIPAY, STRIPE, WECHAT, ways_of

_WRONG = {
    "not_pem": _("这不是密钥。请把文件内容原样粘贴，包括首尾两行。"),
    "is_public": _("这是公钥或证书，这里要填私钥。"),
    "is_private": _("这是私钥，这里要填公钥。私钥不要发给任何人。"),
    "is_encrypted": _("私钥设了密码，请先去掉密码再粘贴。"),
    "not_rsa": _("密钥类型不对，需要 RSA 密钥。"),
    "too_short": _("密钥太短，至少 2048 位。"),
    "not_certificate": _("这不是证书。请粘贴 apiclient_cert.pem 的内容。"),
    "other_key": _("证书和私钥不是一对，请从同一个压缩包里复制。"),
}
_SECRETS = frozenset({"private_key", "api_v3_key", "app_secret", "api_key", "webhook_secret"})
_SECRET = {"autocomplete": "off", "spellcheck": "false", "rows": 5}


def _secret(label: Any, *, help_text: Any = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=12_000,
        widget=forms.Textarea(attrs=_SECRET),
        error_messages={"required": _("请粘贴内容。")},
    )


def _number(label: Any, form: Any, *, wrong: Any, help_text: Any = "", required: bool = True) -> forms.RegexField:
    return forms.RegexField(
        form,
        label=label,
        help_text=help_text,
        required=required,
        error_messages={"invalid": wrong, "required": _("请填写。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ChannelForm(forms.Form):
    """What every company's form shares: the ways to offer, and its keys as a draft."""

    provider = ""

    def __init__(self, data: Any = None, *, channel: Channel | None = None) -> None:
        ways = ways_of(self.provider)
        facts = channel.facts if channel else {}
        chosen = channel.ways if channel else [way.code for way in ways[:2]]
        super().__init__(data, initial={**facts, "ways": chosen})
        self.fields["ways"] = forms.MultipleChoiceField(
            label=_("开通的付款方式"),
            choices=[(way.code, _NAMES.get(way.code, way.label)) for way in ways],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("至少选一种。")},
        )

    def draft(self) -> ChannelDraft:
        """Say what was pasted, once it is valid."""
        raise NotImplementedError

    def forget_secrets(self) -> None:
        """Let a form that is shown again show no secret: what was pasted is pasted once more."""
        told: Any = self.data
        told = told.copy()  # what a browser sent cannot be changed
        for name in _SECRETS & set(self.fields):
            told[name] = ""
        self.data = told

    def _key(self, name: str, read: Any) -> Any:
        try:
            return read(self.cleaned_data[name])
        except NotAKey as wrong:
            raise ValidationError(_WRONG[str(wrong)], code=str(wrong)) from None


_NAMES = {
    "wechat_jsapi": _("小程序支付"),
    "wechat_h5": _("手机浏览器支付（H5）"),
    "wechat_native": _("扫码支付"),
    "alipay_wap": _("手机网站支付"),
    "alipay_page": _("电脑网站支付"),
    "alipay_qr": _("当面付扫码"),
    "stripe": _("银行卡"),
}


class WeChatForm(ChannelForm):
    """A direct merchant at WeChat Pay v3."""

    provider = WECHAT
    mchid = _number(
        _("商户号"), held.MCHID, wrong=_("商户号是 8 到 10 位数字。"), help_text=_("商户平台 → 账户中心 → 商户信息。")
    )
    appid = _number(
        _("AppID"),
        held.WECHAT_APPID,
        wrong=_("AppID 以 wx 开头，共 18 位。"),
        help_text=_("与商户号绑定的小程序或公众号。"),
    )
    private_key = _secret(_("商户私钥"), help_text=_("apiclient_key.pem 的内容。"))
    certificate = _secret(_("商户证书"), help_text=_("apiclient_cert.pem 的内容，用来读取序列号和有效期。"))
    api_v3_key = _number(_("APIv3 密钥"), held.API_V3_KEY, wrong=_("APIv3 密钥是 32 位字母和数字。"))
    public_key_id = _number(
        _("微信支付公钥 ID"),
        held.PUBLIC_KEY_ID,
        wrong=_("公钥 ID 以 PUB_KEY_ID_ 开头。"),
        required=False,
        help_text=_("用平台证书的商户不用填。"),
    )
    public_key = _secret(_("微信支付公钥"), required=False)
    app_secret = forms.CharField(
        label=_("小程序 AppSecret"),
        required=False,
        max_length=64,
        help_text=_("小程序支付需要，用来识别付款人。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_private_key(self) -> str:
        return str(self._key("private_key", held.private_key_pem))

    def clean_public_key(self) -> str:
        return str(self._key("public_key", held.public_key_pem)) if self.cleaned_data["public_key"] else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "private_key" in given and given.get("certificate"):
            try:
                read = held.merchant_certificate(given["certificate"], private_key=given["private_key"])
                given["serial_no"], given["ends_at"] = read
            except NotAKey as wrong:
                self.add_error("certificate", _WRONG[str(wrong)])
        if bool(given.get("public_key")) != bool(given.get("public_key_id")):
            self.add_error("public_key_id", _("微信支付公钥和公钥 ID 要一起填。"))
        if "wechat_jsapi" in given.get("ways", []) and not given.get("app_secret"):
            self.add_error("app_secret", _("开通小程序支付要填 AppSecret。"))
        return given

    def draft(self) -> ChannelDraft:
        given = self.cleaned_data
        names = (
            "mchid",
            "appid",
            "serial_no",
            "private_key",
            "api_v3_key",
            "public_key",
            "public_key_id",
            "app_secret",
        )
        keys = WeChatKeys(**{name: given[name] for name in names})
        return ChannelDraft(provider=WECHAT, keys=keys, ways=given["ways"], expires_at=given["ends_at"])


class AlipayForm(ChannelForm):
    """An application at Alipay in the key mode."""

    provider = ALIPAY
    appid = _number(
        _("应用 APPID"),
        held.ALIPAY_APPID,
        wrong=_("APPID 是 16 位数字。"),
        help_text=_("支付宝开放平台 → 控制台 → 应用。"),
    )
    seller_id = _number(
        _("收款账号 PID"),
        held.ALIPAY_SELLER,
        wrong=_("PID 以 2088 开头，共 16 位数字。"),
        help_text=_("开放平台 → 账号中心。"),
    )
    private_key = _secret(_("应用私钥"), help_text=_("支付宝密钥工具生成的应用私钥，PKCS1 或 PKCS8 都可以。"))
    alipay_public_key = _secret(_("支付宝公钥"), help_text=_("上传应用公钥后平台给出的支付宝公钥，不是应用公钥。"))

    def clean_private_key(self) -> str:
        return str(self._key("private_key", held.private_key_pem))

    def clean_alipay_public_key(self) -> str:
        return str(self._key("alipay_public_key", held.public_key_pem))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        own, theirs = given.get("private_key"), given.get("alipay_public_key")
        if own and theirs and held.is_pair(private_key=own, public_key=theirs):
            self.add_error("alipay_public_key", _("这是您自己的应用公钥，请填平台给出的支付宝公钥。"))
        return given

    def draft(self) -> ChannelDraft:
        given = self.cleaned_data
        names = ("appid", "seller_id", "private_key", "alipay_public_key")
        return ChannelDraft(
            provider=ALIPAY, keys=AlipayKeys(**{name: given[name] for name in names}), ways=given["ways"]
        )


class StripeForm(ChannelForm):
    """A Stripe account."""

    provider = STRIPE
    api_key = _number(_("密钥（Secret key）"), held.STRIPE_SECRET, wrong=_("密钥以 sk_ 或 rk_ 开头。"))
    webhook_secret = _number(
        _("Webhook 签名密钥"),
        held.STRIPE_HOOK,
        wrong=_("签名密钥以 whsec_ 开头。"),
        help_text=_("在 Stripe 后台把下面的通知地址加为 webhook 后得到。"),
    )

    def __init__(self, data: Any = None, *, channel: Channel | None = None) -> None:
        super().__init__(data, channel=channel)
        self.initial.pop("api_key", None)  # what is kept of it is a hint, not the key

    def draft(self) -> ChannelDraft:
        given = self.cleaned_data
        keys = StripeKeys(api_key=given["api_key"], webhook_secret=given["webhook_secret"])
        return ChannelDraft(provider=STRIPE, keys=keys, ways=given["ways"])


FORMS: dict[str, type[ChannelForm]] = {WECHAT: WeChatForm, ALIPAY: AlipayForm, STRIPE: StripeForm}


class TopUpForm(forms.Form):
    """Money onto a member's balance."""

    phone = forms.RegexField(
        r"\A1\d{10}\Z",
        label=_("顾客手机号"),
        error_messages={"invalid": _("请填写 11 位手机号。"), "required": _("请填写顾客手机号。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    amount = MoneyField(
        label=_("金额"),
        least_minor=-MOST_MINOR,
        most_minor=MOST_MINOR,
        help_text=_("扣回多充的填负数。"),
        error_messages={"required": _("请填写金额。")},
    )
    reason = forms.CharField(
        label=_("原因"), max_length=120, error_messages={"required": _("请填写原因，例如“线下收款”。")}
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)


class HandForm(forms.Form):
    """How a refund was paid outside of any provider."""

    note = forms.CharField(
        label=_("怎么退的"),
        max_length=120,
        error_messages={"required": _("请写明怎么退的，例如银行转账和流水号。")},
    )


class ExplainForm(forms.Form):
    """A person's words about a difference."""

    note = forms.CharField(label=_("处理说明"), max_length=200, error_messages={"required": _("请写明怎么处理的。")})
