"""What is typed about stock: where goods lie, what came in, what was counted, which lot it is."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.ids import new_id
from kit.web.forms import MoneyField
from tenants.backoffice.fields import PercentField
from tenants.inventory.models import Warehouse, WarehouseKind, WarehouseState
from tenants.inventory.services.receive_stock import BatchDraft

_WHOLE = {"inputmode": "numeric", "autocomplete": "off"}
_MOST_MINOR = 100_000_000
_LOSSES = [(word, word) for word in (_("变质"), _("破损"), _("过期"), _("丢失"), _("自用"), _("其他"))]


def whole(label: Any, *, required: bool = True, help_text: Any = "", **options: Any) -> forms.IntegerField:
    """A field for a whole number; what is too large or below zero the story refuses."""
    return forms.IntegerField(
        label=label,
        required=required,
        help_text=help_text,
        error_messages={"required": _("请填写整数。"), "invalid": _("请填写整数。")},
        widget=forms.TextInput(attrs=_WHOLE),
        **options,
    )


def day(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """A field for a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        error_messages={"invalid": _("日期写得不对。"), "required": _("请选日期。")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


def reason(help_text: Any = "") -> forms.CharField:
    """A field for why."""
    return forms.CharField(
        label=_("原因"), max_length=120, help_text=help_text, error_messages={"required": _("请写明原因。")}
    )


class Places(forms.Form):
    """A form with a choice among the open warehouses."""

    def __init__(self, *args: Any, places: Iterable[Warehouse], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("warehouse", "to_warehouse"):
            if name in self.fields:
                field = self.fields[name]
                choices = [(str(place.pk), place.name) for place in places]
                field.choices = choices if field.required else [("", _("全部仓库")), *choices]  # type: ignore[attr-defined]


def _place(label: Any, *, required: bool = True) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, required=required, coerce=UUID, empty_value=None)


class StockFilters(Places):
    """The filter above the stock and above the batches."""

    q = forms.CharField(
        label=_("商品名、拼音或规格"), required=False, max_length=50, widget=forms.TextInput(attrs={"type": "search"})
    )
    warehouse = _place(_("仓库"), required=False)

    def wanted(self) -> dict[str, Any]:
        """Say what is looked for; a filter that makes no sense filters nothing."""
        self.is_valid()
        return {"query": self.cleaned_data.get("q", ""), "warehouse_id": self.cleaned_data.get("warehouse")}


class WordFilter(forms.Form):
    """One box to search in."""

    q = forms.CharField(
        label=_("搜索"), required=False, max_length=50, widget=forms.TextInput(attrs={"type": "search"})
    )

    def word(self) -> str:
        """Say what is looked for."""
        return self.cleaned_data["q"] if self.is_valid() else ""


class ReceiveForm(Places):
    """Goods that came in, with their lot if lots are kept."""

    quantity = whole(_("入库数量"))
    warehouse = _place(_("仓库"))
    reason = forms.CharField(
        label=_("备注"), max_length=120, required=False, help_text=_("例如 供应商、送货单号，以后查得到。")
    )
    lot = forms.CharField(
        label=_("批号"), max_length=40, required=False, help_text=_("有保质期的货请填，先到期的先发。")
    )
    produced_on = day(_("生产日期"))
    expires_on = day(_("到期日"), help_text=_("当天还可以卖。"))
    cost = MoneyField(label=_("每件成本"), required=False, most_minor=_MOST_MINOR)

    def clean(self) -> dict[str, Any]:
        """Ask for the lot when its dates are told."""
        typed = super().clean() or {}
        if (typed.get("produced_on") or typed.get("expires_on")) and not typed.get("lot", "").strip():
            self.add_error("lot", _("填了日期，请也填批号。"))
        return typed

    def batch(self) -> BatchDraft | None:
        """Say which lot it is, once the form is valid."""
        typed = self.cleaned_data
        if not typed["lot"].strip():
            return None
        return BatchDraft(
            lot=typed["lot"],
            produced_on=typed["produced_on"],
            expires_on=typed["expires_on"],
            cost_minor=typed["cost"],
        )


class CountForm(Places):
    """What was counted on the shelf."""

    counted = whole(_("盘点后实有数量"))
    warehouse = _place(_("仓库"))
    reason = forms.CharField(
        label=_("原因"), max_length=120, error_messages={"required": _("请填写原因，例如 盘点、报损。")},
        widget=forms.TextInput(attrs={"list": "count-reasons", "autocomplete": "off"}),
    )  # fmt: skip


class LimitsForm(Places):
    """From when on a SKU is scarce, and how much may be sold before it is bought."""

    warehouse = _place(_("仓库"))
    low_at = whole(_("低于多少件提醒"), required=False, min_value=0, max_value=1_000_000)
    planned = whole(
        _("预售数量"), min_value=0, max_value=1_000_000, help_text=_("货还没到，先卖这么多。到货前实有会显示为负数。")
    )


class WarehouseForm(forms.Form):
    """A warehouse's own words."""

    name = forms.CharField(label=_("仓库名称"), max_length=40, error_messages={"required": _("请填写仓库名称。")})
    kind = forms.ChoiceField(label=_("类型"), choices=WarehouseKind.choices)
    city = forms.CharField(label=_("城市"), max_length=40, required=False)
    address = forms.CharField(label=_("地址"), max_length=160, required=False)
    latitude = forms.DecimalField(
        label=_("纬度"), required=False, min_value=-90, max_value=90, max_digits=9, decimal_places=6
    )
    longitude = forms.DecimalField(
        label=_("经度"), required=False, min_value=-180, max_value=180, max_digits=9, decimal_places=6
    )
    state = forms.ChoiceField(label=_("状态"), choices=WarehouseState.choices, initial=WarehouseState.OPEN)
    serves_orders = forms.BooleanField(
        label=_("给顾客订单发货"),
        required=False,
        help_text=_("勾选后，订单由离自提点最近、货够的仓或门店发。默认仓库一直可以发。"),
    )


class SourcingForm(forms.Form):
    """What happens when no warehouse has all of an order."""

    may_split = forms.BooleanField(
        label=_("货不在一个仓时分仓发"), required=False, help_text=_("不勾选，就请顾客分开下单。")
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = reason()


class LossForm(Places):
    """What is spoilt, broken or gone."""

    quantity = whole(_("报损数量"))
    warehouse = _place(_("仓库"))
    why = forms.ChoiceField(label=_("原因"), choices=_LOSSES)
    note = forms.CharField(label=_("说明"), max_length=80, required=False)


class TransferForm(Places):
    """Goods on their way to another warehouse."""

    quantity = whole(_("调拨数量"))
    warehouse = _place(_("从"))
    to_warehouse = _place(_("到"))
    lot = forms.CharField(label=_("批号"), max_length=40, required=False, help_text=_("不填则不指定批次。"))
    note = forms.CharField(label=_("说明"), max_length=120, required=False)
    key = forms.CharField(widget=forms.HiddenInput, initial=new_id)


class ArrivalForm(forms.Form):
    """How much of a transfer arrived."""

    received = whole(_("实收数量"))
    note = forms.CharField(label=_("差异说明"), max_length=120, required=False)


class ShelfRuleForm(forms.Form):
    """A product's rule for its shelf life."""

    min_remaining_days = whole(
        _("提货时至少还剩"), min_value=0, max_value=3650, help_text=_("天。短于它的批次不发给顾客。")
    )
    receive_remaining_days = whole(
        _("收货时至少还剩"), min_value=0, max_value=3650, help_text=_("天。短于它的货拒收。")
    )
    near_days = whole(_("还剩几天算临期"), min_value=0, max_value=3650, help_text=_("0 表示不提醒。"))
    markdown_ppm = PercentField(label=_("临期降价"), most_ppm=900_000, help_text=_("例如 30 表示便宜 30%。"))
    marks_down_itself = forms.BooleanField(
        label=_("到了临期自动降价"), required=False, help_text=_("在售团期里的团购价自动降，不勾选就在批次页手动降。")
    )


class TakeForm(Places):
    """A stock-take's name and place."""

    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请填写名称。")})
    warehouse = _place(_("仓库"))
