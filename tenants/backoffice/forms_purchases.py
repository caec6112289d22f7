"""What is typed about suppliers, purchases and deliveries."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.ids import new_id
from tenants.backoffice.fields import PicturesField
from tenants.backoffice.forms_stock import day, whole
from tenants.purchasing.models import PurchaseLine, SupplierState
from tenants.purchasing.selectors import Need
from tenants.purchasing.services.order_goods import WantedGoods

_MOST = 1_000_000


class SupplierForm(forms.Form):
    """A supplier's own words."""

    name = forms.CharField(label=_("供应商名称"), max_length=60, error_messages={"required": _("请填写供应商名称。")})
    contact = forms.CharField(label=_("联系人"), max_length=30, required=False)
    phone = forms.CharField(label=_("手机号"), max_length=20, required=False)
    terms = forms.CharField(label=_("结算方式"), max_length=120, required=False, help_text=_("例如 月结 30 天。"))
    licence_no = forms.CharField(label=_("食品经营许可证号"), max_length=40, required=False)
    licence_expires_on = day(_("许可证到期日"), help_text=_("到期前 30 天提醒。"))
    state = forms.ChoiceField(label=_("状态"), choices=SupplierState.choices, initial=SupplierState.ACTIVE)


class PurchaseForm(forms.Form):
    """A purchase order: one box for each SKU that may be needed."""

    supplier = forms.TypedChoiceField(
        label=_("供应商"), coerce=UUID, empty_value=None, error_messages={"required": _("请选择供应商。")}
    )
    warehouse = forms.TypedChoiceField(label=_("收货仓库"), coerce=UUID, empty_value=None)
    expected_on = day(_("希望到货日期"))
    note = forms.CharField(label=_("备注"), max_length=200, required=False)

    def __init__(
        self,
        *args: Any,
        suppliers: Iterable[tuple[str, str]],
        places: Iterable[tuple[str, str]],
        needs: Sequence[Need],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["supplier"].choices = [("", _("请选择")), *suppliers]  # type: ignore[attr-defined]
        self.fields["warehouse"].choices = list(places)  # type: ignore[attr-defined]
        self.needs = needs
        for need in needs:
            field = whole(need.sku.product.title, required=False, min_value=0, max_value=_MOST)
            self.fields[f"sku-{need.sku.pk}"] = field
            self.initial[f"sku-{need.sku.pk}"] = need.pieces or None
            if need.forms:
                self.fields[f"form-{need.sku.pk}"] = forms.TypedChoiceField(
                    label=_("按什么订"), coerce=UUID, required=False, empty_value=None, choices=_forms_of(need)
                )

    def rows(self) -> list[tuple[Need, Any, Any]]:
        """Pair each need with its box, and the choice of what to count in, where there is one."""
        return [
            (need, self[f"sku-{need.sku.pk}"], self[f"form-{need.sku.pk}"] if need.forms else None)
            for need in self.needs
        ]

    def goods(self) -> list[WantedGoods]:
        """Say what is ordered, once the form is valid."""
        typed = self.cleaned_data
        asked = [
            (typed.get(f"form-{need.sku.pk}") or need.sku.pk, typed.get(f"sku-{need.sku.pk}")) for need in self.needs
        ]
        return [WantedGoods(sku_id, pieces) for sku_id, pieces in asked if pieces]


def _forms_of(need: Need) -> list[tuple[str, str]]:
    base = need.sku.label
    larger = [
        (
            str(sku.pk),
            gettext("%(label)s（含 %(n)d 件 %(base)s）") % {"label": sku.label, "n": sku.factor, "base": base},
        )
        for sku in need.forms
    ]
    return [(str(need.sku.pk), base), *larger]


class ConfirmForm(forms.Form):
    """What a supplier says will come, line by line."""

    def __init__(self, *args: Any, lines: Sequence[PurchaseLine], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = lines
        for line in lines:
            field = whole(line.sku.product.title, min_value=0, max_value=_MOST)
            field.initial = line.quantity if line.confirmed is None else line.confirmed
            self.fields[f"line-{line.pk}"] = field

    def rows(self) -> list[tuple[PurchaseLine, Any]]:
        """Pair each line with its box."""
        return [(line, self[f"line-{line.pk}"]) for line in self.lines]

    def quantities(self) -> dict[UUID, int]:
        """Say what will come by line, once the form is valid."""
        return {line.pk: self.cleaned_data[f"line-{line.pk}"] for line in self.lines}


class DeliveryForm(forms.Form):
    """What came of one line."""

    good = whole(_("实收合格"))
    damaged = whole(_("破损拒收"), required=False)
    lot = forms.CharField(label=_("批号"), max_length=40, required=False)
    produced_on = day(_("生产日期"))
    expires_on = day(_("到期日"), help_text=_("当天还可以卖。"))
    weight_grams = whole(_("过秤重量（克）"), required=False, min_value=0, max_value=2_000_000_000)
    note = forms.CharField(label=_("差异说明"), max_length=120, required=False)
    photos = PicturesField(label=_("现场照片"), help_text=_("最多 9 张，有破损或少货时拍下来，只有店里的人看得到。"))
    key = forms.CharField(widget=forms.HiddenInput, initial=new_id)

    def clean(self) -> dict[str, Any]:
        """Ask for the lot when its dates are told."""
        typed = super().clean() or {}
        if (typed.get("produced_on") or typed.get("expires_on")) and not typed.get("lot", "").strip():
            self.add_error("lot", _("填了日期，请也填批号。"))
        return typed


class SendBackForm(forms.Form):
    """Pieces of a batch that go back to the supplier."""

    quantity = whole(_("退货数量"))
    reason = forms.CharField(label=_("原因"), max_length=100, error_messages={"required": _("请写明原因。")})
