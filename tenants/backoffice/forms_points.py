"""What is typed about points."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.backoffice.fields import PercentField
from tenants.points.models import MOST_SHARE, MoveKind, PointsRule
from tenants.points.services.keep_rule import MOST_POINTS, RuleDraft

_WHOLE = {"inputmode": "numeric", "autocomplete": "off"}
_YEARS = (("1", _("次年年底")), ("0", _("当年年底")), ("2", _("后年年底")), ("", _("永久有效")))


def _whole(label: Any, *, least: int, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs=_WHOLE),
        error_messages={"required": _("请填写整数。"), "invalid": _("请填写整数。")},
    )


class PointsRuleForm(forms.Form):
    """The store's rule."""

    is_on = forms.BooleanField(label=_("开启积分"), required=False)
    earn_per_yuan = _whole(
        _("每付 1 元得多少积分"),
        least=0,
        most=1000,
        help_text=_("订单完成后按实付金额发放，退款按比例扣回。填 0 表示只用不发。"),
    )
    per_yuan = _whole(_("多少积分抵 1 元"), least=1, most=100_000)
    max_share = PercentField(
        label=_("每单最多抵"),
        most_ppm=MOST_SHARE,
        help_text=_("占优惠后金额的比例，最高 99%。"),
        error_messages={"required": _("请填写百分比，例如 8 或 8.5。")},
    )
    years_kept = forms.ChoiceField(label=_("有效期到"), choices=_YEARS, required=False)

    @classmethod
    def of(cls, rule: PointsRule) -> "PointsRuleForm":
        """Fill the form with the rule that holds."""
        kept = "" if rule.years_kept is None else str(rule.years_kept)
        return cls(
            initial={
                "is_on": rule.is_on,
                "earn_per_yuan": rule.earn_per_yuan,
                "per_yuan": rule.per_yuan,
                "max_share": rule.max_share_ppm,
                "years_kept": kept,
            }
        )

    def draft(self) -> RuleDraft:
        """Say what was typed, once it is valid."""
        given = self.cleaned_data
        return RuleDraft(
            is_on=given["is_on"],
            earn_per_yuan=given["earn_per_yuan"],
            per_yuan=given["per_yuan"],
            max_share_ppm=given["max_share"],
            years_kept=int(given["years_kept"]) if given["years_kept"] else None,
        )


class AdjustPointsForm(forms.Form):
    """Points given or taken by hand."""

    phone = forms.RegexField(
        r"\A1\d{10}\Z",
        label=_("顾客手机号"),
        error_messages={"invalid": _("请填写 11 位手机号。"), "required": _("请填写顾客手机号。")},
        widget=forms.TextInput(attrs=_WHOLE),
    )
    points = _whole(_("积分"), least=-MOST_POINTS, most=MOST_POINTS, help_text=_("扣回填负数。"))
    reason = forms.CharField(
        label=_("原因"),
        max_length=80,
        help_text=_("顾客能在积分明细里看到。"),
        error_messages={"required": _("请写明原因，顾客能在积分明细里看到。")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def words(self) -> dict[str, Any]:
        """Say what was typed, once it is valid."""
        key: UUID = self.cleaned_data["key"]
        return {name: self.cleaned_data[name] for name in ("phone", "points", "reason")} | {"key": key}


class PointsFilters(forms.Form):
    """The filter above the ledger."""

    q = forms.CharField(
        label=_("手机号、昵称或订单号"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=[("", _("全部")), *MoveKind.choices])

    def wanted(self) -> dict[str, str]:
        """Say what is looked for; what cannot be is left out."""
        if not self.is_valid():
            return {"query": "", "kind": ""}
        return {"query": self.cleaned_data["q"].strip(), "kind": self.cleaned_data["kind"]}
