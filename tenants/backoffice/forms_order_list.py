"""What is typed beside the list of orders: a filter's name, a remark on many."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.orders.remarks import LONGEST, How


class FilterNameForm(forms.Form):
    """What a filter is called."""

    name = forms.CharField(
        label=_("名称"),
        max_length=20,
        help_text=_("例如：明天到货、万科未提。只有您自己能看到，同名的会换成新的。"),
        error_messages={"required": _("请填写名称。")},
    )
    follows_today = forms.BooleanField(
        label=_("日期跟着今天走"),
        required=False,
        initial=True,
        help_text=_("例如今天存的是明天提货，以后每天打开都是第二天提货；不勾选就一直是这一天。"),
    )

    def __init__(self, *args: Any, has_days: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_days:
            del self.fields["follows_today"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class RemarkForm(forms.Form):
    """What is noted, and what becomes of what stands there."""

    how = forms.ChoiceField(
        label=_("原来有备注的"),
        choices=[(How.REPLACE, _("换成新的")), (How.APPEND, _("接在后面")), (How.CLEAR, _("清除备注"))],
        initial=How.REPLACE,
    )
    words = forms.CharField(
        label=_("商家备注"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("只有店里的人能看到，顾客和团长看不到。"),
    )
