"""The filters above the list of orders."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tenants.delivery.models import WayKind
from tenants.leaders.models import Leader, PickupPoint

_DAY = {"type": "date"}


@dataclass(frozen=True)
class OrderQuestion:
    """What the list is asked for, beside the state."""

    filters: dict[str, Any]

    @property
    def is_filtered(self) -> bool:
        return any(self.filters.values())


class OrderFilters(forms.Form):
    """Number, name, phone or goods; point; leader; days."""

    q = forms.CharField(
        label=_("订单号、姓名、手机号或商品"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    point = forms.UUIDField(label=_("自提点"), required=False)
    leader = forms.UUIDField(label=_("团长"), required=False)
    since = forms.DateField(label=_("下单从"), required=False, widget=forms.DateInput(attrs=_DAY))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs=_DAY))
    pickup = forms.DateField(label=_("提货日期"), required=False, widget=forms.DateInput(attrs=_DAY))
    delivery = forms.ChoiceField(label=_("取货方式"), required=False, choices=[("", _("全部")), *WayKind.choices])

    def __init__(self, query: QueryDict, *, points: list[PickupPoint], leaders: list[Leader]) -> None:
        super().__init__(query)
        for name, rows in (("point", points), ("leader", leaders)):
            self.fields[name].widget = forms.Select(choices=[("", _("全部")), *((row.pk, row.name) for row in rows)])

    def question(self, *, timezone: str) -> OrderQuestion:
        """Say what is asked; a filter that makes no sense is left out, so that a mistyped address shows a list."""
        self.is_valid()
        words = self.cleaned_data
        return OrderQuestion(
            filters={
                "query": words.get("q", ""),
                "pickup_point_id": _id(words.get("point")),
                "leader_id": _id(words.get("leader")),
                "placed_from": _midnight(words.get("since"), timezone),
                "placed_to": _midnight(words.get("until"), timezone, days=1),
                "pickup_date": words.get("pickup"),
                "delivery": words.get("delivery", ""),
            }
        )


def _id(value: Any) -> UUID | None:
    return value if isinstance(value, UUID) else None


def _midnight(day: date | None, timezone: str, *, days: int = 0) -> datetime | None:
    return datetime.combine(day + timedelta(days=days), time(), ZoneInfo(timezone)) if day else None
