"""What is typed about goods that nobody fetched."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.money import PPM
from tenants.backoffice.fields import PercentField
from tenants.backoffice.forms_stock import day, whole
from tenants.fulfilment.models import AfterUnclaimed, UnclaimedRule


class UnclaimedFilters(forms.Form):
    """The filter above the list."""

    q = forms.CharField(
        label=_("手机号、昵称或团长"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "search"})
    )


class HoldForm(forms.Form):
    """Until when goods are kept."""

    until = day(_("保管到"), required=True, help_text=_("最多 7 天。顾客会收到短信。"))


class UnclaimedRuleForm(forms.Form):
    """How long goods wait, and what becomes of them."""

    remind_hours = whole(
        _("提醒顾客"), help_text=_("从提货日晚上 8 点算起，超过这么多小时就发短信。"), min_value=1, max_value=239
    )
    decide_hours = whole(
        _("到期处理"), help_text=_("超过这么多小时还没取，就按下面的办法处理。"), min_value=2, max_value=240
    )
    outcome = forms.ChoiceField(label=_("处理办法"), choices=AfterUnclaimed.choices, widget=forms.RadioSelect)

    back_ppm = PercentField(
        label=_("折扣退款比例"),
        required=False,
        most_ppm=PPM - 1,
        help_text=_("例如 80，即退 80%。填了会在下单页告知顾客，只对之后下的订单生效。"),
    )

    @classmethod
    def of(cls, rule: UnclaimedRule) -> "UnclaimedRuleForm":
        """Fill the form with the rule that holds."""
        names = ("remind_hours", "decide_hours", "outcome", "back_ppm")
        return cls(initial={name: getattr(rule, name) for name in names})

    def words(self) -> dict[str, Any]:
        """Say what was typed, once it is valid."""
        return {**self.cleaned_data, "outcome": AfterUnclaimed(self.cleaned_data["outcome"])}
