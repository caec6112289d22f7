"""What the operator types about money on its way in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.services.keep_evidence import MOST_BYTES, EvidenceBox, EvidenceUnreadable, readable_evidence
from control.console.forms import ReasonForm
from kit.web.forms import MoneyField

_TAKEN = "application/pdf,image/png,image/jpeg,image/webp"


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
    service_documentation = forms.FileField(
        label=EvidenceBox.SERVICE.label,
        required=False,
        help_text=_("合同、开通或使用记录。图片或 PDF，5 MB 以内。"),
        widget=forms.FileInput(attrs={"accept": _TAKEN}),
    )
    customer_communication = forms.FileField(
        label=EvidenceBox.COMMUNICATION.label,
        required=False,
        help_text=_("和商家的邮件、聊天截图。"),
        widget=forms.FileInput(attrs={"accept": _TAKEN}),
    )
    uncategorized_file = forms.FileField(
        label=EvidenceBox.OTHER.label, required=False, widget=forms.FileInput(attrs={"accept": _TAKEN})
    )

    def clean(self) -> dict[str, Any]:
        """Look into each file, so that what is wrong is told beside its box."""
        typed: dict[str, Any] = super().clean() or {}
        for box in EvidenceBox.values:
            if typed.get(box):
                typed[box] = typed[box].read(MOST_BYTES + 1)
                try:
                    readable_evidence(typed[box])
                except EvidenceUnreadable as refusal:
                    self.add_error(box, str(refusal))
        return typed

    def files_given(self) -> dict[str, bytes]:
        """What was uploaded, by box."""
        return {box: self.cleaned_data[box] for box in EvidenceBox.values if self.cleaned_data.get(box)}


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
