"""What members are looked for by."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MemberFilters(forms.Form):
    """The field above the list of members."""

    q = forms.CharField(
        label=_("昵称、手机号或尾号"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def word(self) -> str:
        """Read what is looked for."""
        return str(self.cleaned_data["q"]) if self.is_valid() else ""
