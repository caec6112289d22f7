"""What is typed about a list that opens again by itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.catalog.offering import WEEKDAYS

_DAYS = [(str(day), name) for day, name in enumerate(WEEKDAYS)]


class RepeatForm(forms.Form):
    """On which weekdays, and what each list is called."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("哪几天自动开团"),
        coerce=int,
        choices=_DAYS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选择一天。")},
    )
    name = forms.CharField(
        label=_("团名"),
        max_length=40,
        initial=_("今日团"),
        help_text=_("前面自动加日期，例如 11月22日 今日团。"),
        error_messages={"required": _("请填写团期名称。")},
    )

    def bits(self) -> int:
        """Say the weekdays as bits, once the form is valid."""
        return sum({1 << day for day in self.cleaned_data["weekdays"]})

    @staticmethod
    def days_of(weekdays: int) -> list[str]:
        """Say which boxes are ticked."""
        return [str(day) for day in range(7) if weekdays & (1 << day)]

    @staticmethod
    def words_of(weekdays: int) -> list[Any]:
        """Name the weekdays."""
        return [name for day, name in enumerate(WEEKDAYS) if weekdays & (1 << day)]
