"""What is typed about leaders and pickup points."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.leaders.models import Leader, PickupPoint, PointWish
from tenants.leaders.services import PointDraft

_DEGREES = {"inputmode": "decimal", "autocomplete": "off"}


class LeaderFilters(forms.Form):
    """The filter above the list of leaders."""

    q = forms.CharField(
        label=_("姓名、手机号或自提点"), required=False, max_length=50, widget=forms.TextInput(attrs={"type": "search"})
    )


class LeaderForm(forms.Form):
    """A leader's name and phone."""

    name = forms.CharField(label=_("团长姓名"), max_length=30, error_messages={"required": _("请填写团长姓名。")})
    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        help_text=_("团长用这个手机号登录工作台，顾客下单后也会看到。"),
        error_messages={"required": _("请填写手机号。")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )

    @classmethod
    def of(cls, leader: Leader) -> "LeaderForm":
        """Show a leader as it is."""
        return cls(initial={"name": leader.name, "phone": leader.phone})


class PointForm(forms.Form):
    """A pickup point and its place on the map."""

    point_name = forms.CharField(
        label=_("自提点名称"),
        max_length=60,
        help_text=_("顾客选自提点时看到，例如“绿城一期东门”。"),
        error_messages={"required": _("请填写自提点名称。")},
    )
    city = forms.CharField(label=_("城市"), max_length=30, error_messages={"required": _("请填写城市。")})
    district = forms.CharField(label=_("区 / 县"), max_length=30, required=False)
    address = forms.CharField(
        label=_("详细地址"), max_length=120, error_messages={"required": _("请填写详细地址，写到楼栋或门牌。")}
    )
    opening_hours = forms.CharField(
        label=_("提货时间"), max_length=60, initial="16:00–20:30", error_messages={"required": _("请填写提货时间。")}
    )
    latitude = forms.DecimalField(
        label=_("纬度"),
        max_digits=9,
        decimal_places=6,
        error_messages={"required": _("请在地图上点选位置。"), "invalid": _("请填写数字。")},
        widget=forms.TextInput(attrs=_DEGREES),
    )
    longitude = forms.DecimalField(
        label=_("经度"),
        max_digits=9,
        decimal_places=6,
        error_messages={"required": _("请在地图上点选位置。"), "invalid": _("请填写数字。")},
        widget=forms.TextInput(attrs=_DEGREES),
    )
    is_open = forms.BooleanField(label=_("对顾客开放"), required=False, initial=True)

    @classmethod
    def of(cls, point: PickupPoint) -> "PointForm":
        """Show a point as it is."""
        return cls(initial={**{field: getattr(point, field) for field in _SAME}, "point_name": point.name})

    def draft(self) -> PointDraft:
        """Say what was typed, once it is valid."""
        words: dict[str, Any] = {field: self.cleaned_data[field] for field in _SAME}
        return PointDraft(name=self.cleaned_data["point_name"], **words)


_SAME = ("city", "district", "address", "opening_hours", "latitude", "longitude", "is_open")


def of_wish(wish: PointWish | None) -> dict[str, Any]:
    """Fill in the leader that a neighbour's wish asks for."""
    return {"name": wish.name, "phone": wish.phone} if wish else {}


def point_of_wish(wish: PointWish | None) -> dict[str, Any]:
    """Fill in the point; where it lies is chosen on the map if the neighbour did not say."""
    if wish is None:
        return {}
    place = {"latitude": wish.latitude, "longitude": wish.longitude} if wish.latitude is not None else {}
    return {"point_name": wish.estate, "city": wish.city, "address": wish.address or wish.estate, **place}


class RestForm(forms.Form):
    """Why a leader rests, for shoppers to read."""

    note = forms.CharField(
        label=_("给顾客的说明"),
        max_length=80,
        required=False,
        help_text=_("会显示在自提点上，例如“回老家，12 月 1 日恢复”。"),
    )
