"""What is typed about areas, and about where a list is sold."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.backoffice.forms_stock import whole
from tenants.campaigns.reach import Reach
from tenants.leaders.areas import AreaDraft
from tenants.leaders.models import BindingRule, EntryRule, Leader, PickupPoint, ServiceArea

_DEGREES = {"inputmode": "decimal", "autocomplete": "off"}


def _degrees(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        max_digits=9,
        decimal_places=6,
        error_messages={"invalid": _("请填写数字。")},
        widget=forms.TextInput(attrs=_DEGREES),
    )


def _several(label: Any, choices: Sequence[tuple[str, str]], help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, help_text=help_text, widget=forms.CheckboxSelectMultiple
    )


class AreaForm(forms.Form):
    """An area with its circle and its points."""

    name = forms.CharField(label=_("区域名称"), max_length=40, error_messages={"required": _("请填写区域名称。")})
    city = forms.CharField(label=_("城市"), max_length=30, error_messages={"required": _("请填写城市。")})
    latitude = _degrees(_("中心纬度"))
    longitude = _degrees(_("中心经度"))
    radius_m = whole(
        _("半径（米）"), required=False, help_text=_("三项都填，区域里的自提点就必须在这个圆里；都不填就不限范围。")
    )
    is_open = forms.BooleanField(
        label=_("正在服务"), required=False, initial=True, help_text=_("关掉以后，这个区域的自提点不再接单。")
    )

    def __init__(self, *args: Any, points: Iterable[PickupPoint], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(point.pk), f"{point.name}（{point.city}{point.district}）") for point in points]
        self.fields["points"] = _several(_("自提点"), choices, _("勾选后从原来的区域移到这里。"))

    @staticmethod
    def words_of(area: ServiceArea) -> dict[str, Any]:
        """Show an area as it is."""
        names = ("name", "city", "latitude", "longitude", "radius_m", "is_open")
        points = [str(pk) for pk in area.points.values_list("pk", flat=True)]
        return {**{name: getattr(area, name) for name in names}, "points": points}


def area_draft(typed: dict[str, Any]) -> AreaDraft:
    """Say what was typed."""
    return AreaDraft(**{name: value for name, value in typed.items() if name != "points"})


class EntryRuleForm(forms.Form):
    """How neighbours find a point, and whose they are."""

    reach_m = whole(_("最近的自提点不超过（米）"), help_text=_("更远的不自动选，让顾客自己挑城市和自提点。"))
    binding = forms.ChoiceField(label=_("顾客归哪位团长"), choices=BindingRule.choices)
    protect_days = whole(_("保护期（天）"), help_text=_("只在选“保护期内不换”时有用。"))

    @staticmethod
    def words_of(rule: EntryRule) -> dict[str, Any]:
        """Show the rule as it is."""
        return {"reach_m": rule.reach_m, "binding": rule.binding, "protect_days": rule.protect_days}


class ReachForm(forms.Form):
    """Where a list is sold."""

    def __init__(
        self,
        *args: Any,
        areas: Iterable[ServiceArea],
        leaders: Iterable[Leader],
        cities: Iterable[str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["cities"] = _several(_("城市"), [(city, city) for city in cities])
        self.fields["areas"] = _several(_("服务区域"), [(str(one.pk), f"{one.city} · {one.name}") for one in areas])
        self.fields["leaders"] = _several(
            _("团长"), [(str(one.pk), one.name) for one in leaders], _("什么都不勾，就是所有自提点都能买。")
        )

    @staticmethod
    def words_of(reach: Reach) -> dict[str, Any]:
        """Show where it is sold now."""
        return {
            "cities": list(reach.cities),
            "areas": [str(pk) for pk in reach.area_ids],
            "leaders": [str(pk) for pk in reach.leader_ids],
        }


def reach_typed(typed: dict[str, Any]) -> Reach:
    """Say what was ticked."""
    return Reach(
        area_ids=[UUID(pk) for pk in typed["areas"]],
        leader_ids=[UUID(pk) for pk in typed["leaders"]],
        cities=typed["cities"],
    )
