"""What is typed about batches and recalls."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.backoffice.forms_stock import ReasonForm


class ChooseForm(ReasonForm):
    """Another batch for a line, and why."""

    lot = forms.CharField(label=_("换成批号"), max_length=40, error_messages={"required": _("请填写批号。")})
    field_order = ("lot", "reason")


class RecallForm(forms.Form):
    """What is called back, and why."""

    title = forms.CharField(label=_("召回名称"), max_length=60, error_messages={"required": _("请填写召回名称。")})
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("会写进发给顾客的短信。"),
        error_messages={"required": _("请写明原因。")},
    )
    batch_ids = forms.MultipleChoiceField(
        label=_("批次"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("请选择批次。")}
    )
