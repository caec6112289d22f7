"""The form by which the desk gives lines of an order back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kit.ids import new_id
from kit.web.forms import MoneyField
from tenants.orders.models import OrderLine
from tenants.sales.services.refund_lines import WantedRefund

MOST_REASON = 60


class RefundForm(forms.Form):
    """For each line pieces or an amount; a reason; and the total that was seen before it was confirmed."""

    reason = forms.CharField(
        label=_("退款原因"),
        max_length=MOST_REASON,
        error_messages={"required": _("请填写退款原因，顾客看得到。")},
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, lines: Sequence[OrderLine], is_all: bool = False) -> None:
        super().__init__(data, initial={"key": str(new_id())})
        self.lines = lines
        for place, line in enumerate(lines):
            left = line.quantity - line.refunded_quantity
            self.fields[f"quantity_{place}"] = forms.IntegerField(
                label=_("退几份"),
                required=False,
                min_value=0,
                max_value=left,
                initial=left if is_all and left else None,
                error_messages={
                    "invalid": _("请填写整数。"),
                    "min_value": _("不能小于 0。"),
                    "max_value": _("最多还能退 %(limit_value)d 份。"),
                },
            )
            self.fields[f"amount_{place}"] = MoneyField(label=_("或退金额"), required=False)
            self.fields[f"handed_{place}"] = forms.BooleanField(label=_("退已提走的"), required=False)
            self.fields[f"restock_{place}"] = forms.BooleanField(label=_("没拆封，可以再卖"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a line with both, and a form with nothing."""
        words: dict[str, Any] = super().clean() or {}
        for place, _line in enumerate(self.lines):
            if words.get(f"quantity_{place}") and words.get(f"amount_{place}"):
                self.add_error(f"amount_{place}", _("份数和金额只填一个。"))
        if not self.errors and not self.wanted():
            raise ValidationError(_("请选择要退的商品，并填写数量或金额。"))
        return words

    def wanted(self) -> list[WantedRefund]:
        """Say what is to be given back."""
        words = self.cleaned_data
        return [
            WantedRefund(
                line.pk,
                quantity=words.get(f"quantity_{place}") or 0,
                amount_minor=words.get(f"amount_{place}") or 0,
                of_handed=words.get(f"handed_{place}", False),
                restock=words.get(f"restock_{place}", False),
            )
            for place, line in enumerate(self.lines)
            if words.get(f"quantity_{place}") or words.get(f"amount_{place}")
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Lines beside their fields, for the page."""
        return [
            {
                "line": line,
                "left": line.quantity - line.refunded_quantity,
                "quantity": self[f"quantity_{place}"],
                "amount": self[f"amount_{place}"],
                "handed": self[f"handed_{place}"] if line.handed_quantity and line.left_to_hand else None,
                "restock": self[f"restock_{place}"] if line.handed_quantity else None,
            }
            for place, line in enumerate(self.lines)
        ]
