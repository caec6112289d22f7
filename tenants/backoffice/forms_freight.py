"""What is typed about where parcels go, and for how much."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.tenancy import current_store
from kit.web.forms import MoneyField
from tenants.delivery.freight_desk import MOST_MINOR, ZoneDraft, words_in
from tenants.delivery.models import FreightZone

_GRAMS = 1000


class KilogramField(forms.DecimalField):
    """A weight typed in kilograms ("0.5"), cleaned to whole grams (500)."""

    def __init__(self, **options: Any) -> None:
        words = {name: _("请填写重量，例如 1 或 0.5。") for name in ("required", "invalid", "max_decimal_places")}
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(decimal_places=3, max_digits=9, localize=False, error_messages=words, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        """Show stored grams as kilograms; what a person typed stays as typed."""
        return f"{Decimal(value) / _GRAMS:f}".rstrip("0").rstrip(".") if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Read the weight as grams."""
        kilos = super().clean(value)
        return None if kilos is None else int(kilos * _GRAMS)


class ZoneForm(forms.Form):
    """One zone and what a parcel to it costs."""

    name = forms.CharField(
        label=_("地区名称"),
        max_length=30,
        error_messages={"required": _("请填写名称。")},
        help_text=_("例如：江浙沪。顾客算运费时能看到。"),
    )
    is_default = forms.BooleanField(
        label=_("默认地区"), required=False, help_text=_("没有写进别的地区的地方，都按这个算。")
    )
    words = forms.CharField(
        label=_("包含的省份或城市"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("用顿号或逗号隔开，例如：上海、江苏、浙江。城市比省份优先。默认地区不用填。"),
    )
    first_grams = KilogramField(label=_("首重（kg）"))
    step_grams = KilogramField(label=_("续重（kg）"))
    is_on = forms.BooleanField(label=_("可以寄到"), required=False, help_text=_("不勾选，这个地区就暂不配送。"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        words = {"required": _("请填写金额，没有就填 0。")}
        currency = current_store().currency
        for name, label in (("first_minor", _("首重运费")), ("step_minor", _("续重运费"))):
            self.fields[name] = MoneyField(label=label, currency=currency, most_minor=MOST_MINOR, error_messages=words)
        self.fields["free_from_minor"] = MoneyField(
            label=_("满多少免运费"),
            currency=currency,
            required=False,
            help_text=_("按一天里优惠后的商品金额算，不填不免。"),
        )

    def draft(self) -> ZoneDraft:
        """Say what was typed, once it is valid."""
        return ZoneDraft(**{**self.cleaned_data, "words": words_in(self.cleaned_data["words"])})

    @staticmethod
    def words_of(zone: FreightZone) -> dict[str, Any]:
        """Show a zone as it is."""
        names = ("name", "is_default", "is_on")
        by_weight = ("first_grams", "first_minor", "step_grams", "step_minor", "free_from_minor")
        return {name: getattr(zone, name) for name in (*names, *by_weight)} | {"words": "、".join(zone.words)}


NEW_ZONE = {"first_grams": 1000, "step_grams": 1000, "is_on": True}
