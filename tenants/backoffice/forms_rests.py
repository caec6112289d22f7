"""What is typed about days of rest."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.leaders.models import PickupPoint
from tenants.sales.services.rest_days import MOST_WORDS


def _day(label: Any, today: date) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date", "min": today.isoformat()}, format="%Y-%m-%d"),
        error_messages={"required": _("请选日期。"), "invalid": _("请选日期。")},
    )


class RestDaysForm(forms.Form):
    """Days of rest; ``agreed_orders`` is what was shown to be ordered for them."""

    agreed_orders = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, points: Iterable[PickupPoint], today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", _("全部自提点")), *((str(point.pk), point.name) for point in points)]
        self.fields["point"] = forms.ChoiceField(label=_("自提点"), choices=choices, required=False)
        self.fields["first_on"] = _day(_("从哪天"), today)
        self.fields["last_on"] = _day(_("到哪天（含）"), today)
        self.fields["note"] = forms.CharField(
            label=_("给顾客的说明"), max_length=80, required=False, help_text=_("会显示在自提点上，例如“回老家”。")
        )

    def words(self) -> dict[str, Any]:
        """Say what was typed, once it is valid."""
        typed = dict(self.cleaned_data)
        point = typed.pop("point")
        return {**typed, "point_id": UUID(point) if point else None}


class TellForm(forms.Form):
    """What members who ordered for days of rest are told."""

    words = forms.CharField(
        label=_("短信内容"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("店名会自动加在前面，每位顾客发一条。"),
        error_messages={"required": _("请填写短信内容。")},
    )
