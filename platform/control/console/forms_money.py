"""What the operator types about money on its way in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from control.console.forms import ReasonForm
from kit.web.forms import MoneyField


class PromiseForm(ReasonForm):
    """Until when a merchant promised to pay, and who said so."""

    until = forms.DateField(
        label=_("承诺付款日"),
        error_messages={"required": _("请选择日期。"), "invalid": _("日期写得不对，例如 2026-12-01。")},
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    field_order = ("until", "reason")


class EvidenceForm(forms.Form):
    """Our side of a dispute."""

    explanation = forms.CharField(
        label=_("说明"),
        max_length=3000,
        help_text=_("写清开通时间、使用记录和合同约定。只能提交一次。"),
        error_messages={"required": _("请写明情况。")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    email = forms.EmailField(
        label=_("商家邮箱"), required=False, error_messages={"invalid": _("邮箱写得不对，例如 name@example.com。")}
    )


class MatchForm(forms.Form):
    """How much of a transfer pays each invoice; an empty box pays nothing."""

    def __init__(self, *args: Any, invoices: list[Invoice], left_minor: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.invoices = invoices
        for invoice in invoices:
            suggested = min(left_minor, invoice.due_minor)
            left_minor -= suggested
            self.fields[f"part_{invoice.pk}"] = MoneyField(
                label=invoice.number, required=False, currency=invoice.currency, initial=suggested or None
            )

    def parts(self) -> dict[Any, int]:
        """What was typed, by invoice."""
        typed = {invoice.pk: self.cleaned_data.get(f"part_{invoice.pk}") for invoice in self.invoices}
        return {key: amount for key, amount in typed.items() if amount}


class NoteForm(forms.Form):
    """Why a difference is settled."""

    note = forms.CharField(label=_("说明"), max_length=200, error_messages={"required": _("请写明原因。")})
