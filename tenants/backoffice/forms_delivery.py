"""What is typed about bringing goods to the door."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.tenancy import current_store
from kit.web.forms import MoneyField
from tenants.backoffice.forms_stock import whole
from tenants.delivery.models import SLOTTED, DeliverySlot, DeliveryWay
from tenants.fulfilment.services.dispatch import MOST_NOTE


def time_of_day(label: Any) -> forms.TimeField:
    """A field for a time of day."""
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    words = {"required": _("请填写时间。"), "invalid": _("时间写得不对。")}
    return forms.TimeField(label=label, error_messages=words, widget=widget)


class WayForm(forms.Form):
    """One way to the door."""

    is_on = forms.BooleanField(label=_("开启"), required=False, help_text=_("开启后顾客下单时可以选。"))
    reach_m = whole(_("配送范围（米）"), required=False, help_text=_("直线距离，不填就不限。"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        currency = current_store().currency
        self.fields["fee_minor"] = MoneyField(label=_("配送费"), currency=currency, required=False)
        self.fields["free_from_minor"] = MoneyField(
            label=_("满多少免配送费"),
            currency=currency,
            required=False,
            help_text=_("按优惠后的商品金额算，不填不免。"),
        )

    @staticmethod
    def words_of(way: DeliveryWay) -> dict[str, Any]:
        """Show a way as it is."""
        return {name: getattr(way, name) for name in ("is_on", "reach_m", "fee_minor", "free_from_minor")}


class SlotForm(forms.Form):
    """A time of day at which a way brings goods."""

    kind = forms.ChoiceField(label=_("配送方式"), choices=[(kind.value, kind.label) for kind in SLOTTED])
    starts = time_of_day(_("从"))
    ends = time_of_day(_("到"))
    capacity = whole(_("每天可约单数"), help_text=_("约满后顾客不能再选这个时段。"))
    is_on = forms.BooleanField(
        label=_("开启"), required=False, initial=True, help_text=_("有开启的时段后，顾客选这种方式必须选一个。")
    )

    @staticmethod
    def words_of(slot: DeliverySlot) -> dict[str, Any]:
        """Show a slot as it is."""
        return {name: getattr(slot, name) for name in ("kind", "starts", "ends", "capacity", "is_on")}


class DispatchForm(forms.Form):
    """Who brings an order."""

    note = forms.CharField(
        label=_("配送员或单号"),
        max_length=MOST_NOTE,
        required=False,
        help_text=_("例如：小张 13900000000。顾客在订单里能看到。"),
    )


class TrackingForm(forms.Form):
    """Who carries an order that goes by express, and under which number."""

    courier = forms.CharField(
        label=_("快递公司"),
        max_length=20,
        error_messages={"required": _("请填写快递公司。")},
        help_text=_("例如：顺丰速运。"),
    )
    number = forms.CharField(
        label=_("快递单号"),
        max_length=50,
        error_messages={"required": _("请填写快递单号。")},
        help_text=_("顾客在订单里能看到，可以一键复制。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
