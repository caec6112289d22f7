"""What is typed about the shop itself, and about commission."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.web.forms import MoneyField
from tenants.backoffice.fields import PercentField
from tenants.commissions.rates import CAP_PPM
from tenants.content.models import StoreProfile
from tenants.content.services import ProfileDraft


class ShopForm(forms.Form):
    """How the store presents itself."""

    name = forms.CharField(label=_("店铺名称"), max_length=60, error_messages={"required": _("请填写店铺名称。")})
    notice = forms.CharField(
        label=_("店铺公告"),
        max_length=200,
        required=False,
        help_text=_("显示在店铺首页顶部，例如“下雨天照常送货”。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    service_phone = forms.CharField(
        label=_("客服电话"),
        max_length=20,
        required=False,
        help_text=_("手机、座机、400 电话都可以。"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    brand_color = forms.CharField(
        label=_("品牌色"),
        max_length=7,
        help_text=_("用在店铺的按钮和价格标签上，白字要看得清。"),
        error_messages={"required": _("请选一个颜色。")},
        widget=forms.TextInput(attrs={"type": "color"}),
    )

    @classmethod
    def of(cls, profile: StoreProfile) -> "ShopForm":
        """Show the shop as it is."""
        return cls(initial={name: getattr(profile, name) for name in cls.base_fields})

    def draft(self) -> ProfileDraft:
        """Say what was typed, once it is valid."""
        return ProfileDraft(**self.cleaned_data)


class RateForm(forms.Form):
    """The store's default commission."""

    rate = PercentField(
        label=_("全店默认佣金"),
        most_ppm=CAP_PPM,
        help_text=_("按商品实付金额计算，保存后对之后付款的订单生效。"),
        error_messages={"required": _("请填写佣金比例，没有佣金就填 0。")},
    )


class CalculatorForm(forms.Form):
    """A sale to try a rate on."""

    sale = MoneyField(label=_("卖出金额"), initial=10000, error_messages={"required": _("请填写金额。")})
    at_rate = PercentField(label=_("佣金比例"), most_ppm=CAP_PPM, error_messages={"required": _("请填写比例。")})
