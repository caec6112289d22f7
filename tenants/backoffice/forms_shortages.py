"""What is typed when less came than was sold."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.ids import new_id
from tenants.aftersales.models import ShareRule
from tenants.backoffice.forms_stock import whole

_MOST = 1_000_000


class ShortageForm(forms.Form):
    """How many can be handed out, and who goes without."""

    there = whole(_("实际能交付几份"), min_value=0, max_value=_MOST, help_text=_("一份都没有填 0。"))
    rule = forms.TypedChoiceField(
        label=_("不够时怎么分"), coerce=ShareRule, choices=ShareRule.choices, initial=ShareRule.FIRST_PAID
    )
    reason = forms.CharField(
        label=_("原因"), max_length=40, required=False, help_text=_("顾客在退款里看得到，例如 产地断货。")
    )
    key = forms.CharField(widget=forms.HiddenInput, initial=new_id, max_length=64)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)  # what was shown to be given back
