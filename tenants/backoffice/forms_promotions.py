"""What is typed about coupons and promotions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.web.forms import MoneyField
from tenants.backoffice.fields import PercentField
from tenants.promotions.drafts import MOST_TIERS, CouponDraft, PromotionDraft, ScopeDraft
from tenants.promotions.models import AfterRefund, Audience, CouponKind, Promotion, PromotionKind

_MOMENT = "%Y-%m-%dT%H:%M"
_SHARE = 1_000_000
_COUNT = {"inputmode": "numeric", "autocomplete": "off"}


class PromotionFilters(forms.Form):
    """The filter above both lists."""

    q = forms.CharField(
        label=_("名称或券码"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "search"})
    )


def _moment(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=required,
        input_formats=[_MOMENT],
        error_messages={"required": _("请选时间。"), "invalid": _("时间写得不对。")},
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
    )


def _count(label: Any, help_text: Any = "", *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=required,
        error_messages={"required": _("请填写整数。"), "invalid": _("请填写整数。")},
        widget=forms.TextInput(attrs=_COUNT),
        min_value=1,
        max_value=1_000_000,
    )


class ScopeForm(forms.Form):
    """Which goods count."""

    categories = forms.MultipleChoiceField(label=_("只限这些分类"), required=False, widget=forms.CheckboxSelectMultiple)
    products = forms.MultipleChoiceField(
        label=_("只限这些商品"),
        required=False,
        help_text=_("分类和商品都不选，就是全店可用。"),
        widget=forms.CheckboxSelectMultiple,
    )
    excluded_products = forms.MultipleChoiceField(
        label=_("不参加的商品"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, goods: Sequence[tuple[str, str]], categories: Sequence[tuple[str, str]], **options: Any
    ):
        super().__init__(*args, **options)
        for name, choices in (("categories", categories), ("products", goods), ("excluded_products", goods)):
            field = self.fields[name]
            if isinstance(field, forms.MultipleChoiceField):
                field.choices = list(choices)

    def scope(self) -> ScopeDraft:
        """Say what was chosen, once it is valid."""
        words = {name: tuple(UUID(one) for one in self.cleaned_data[name]) for name in ScopeForm.base_fields}
        return ScopeDraft(**words)


class CouponForm(ScopeForm):
    """A kind of coupon."""

    name = forms.CharField(label=_("优惠券名称"), max_length=40, error_messages={"required": _("请给优惠券起个名字。")})
    off = MoneyField(label=_("减多少"), required=False, help_text=_("和折扣二选一。"))
    share = PercentField(label=_("优惠比例"), required=False, most_ppm=_SHARE, help_text=_("填 10 就是打九折。"))
    cap = MoneyField(label=_("最多减"), required=False, help_text=_("打折时建议填写。"))
    threshold = MoneyField(label=_("满多少可用"), required=False, help_text=_("不填就是无门槛。"))
    audience = forms.ChoiceField(label=_("谁可以领"), choices=Audience.choices)
    code = forms.CharField(
        label=_("券码"), required=False, max_length=20, help_text=_("填了就只能输入券码领取，不在领券页显示。")
    )
    claim_from = _moment(_("开始领取"))
    claim_until = _moment(_("结束领取"))
    valid_days = _count(_("领取后几天内有效"), _("和截止日期二选一。"))
    valid_until = _moment(_("统一截止日期"), required=False)
    per_member = _count(_("每人限领"), required=True)
    total = _count(_("一共发多少张"), _("不填就是不限。"))
    budget = MoneyField(label=_("预算"), required=False, help_text=_("一共最多抵扣多少钱；用完后还没用的券不能再用。"))
    after_refund = forms.ChoiceField(label=_("整单退款后"), choices=AfterRefund.choices)

    field_order = ("name",)

    @classmethod
    def of(cls, kind: CouponKind, **choices: Any) -> "CouponForm":
        """Show a coupon as it is."""
        same = ("name", "audience", "claim_from", "claim_until", "valid_days", "valid_until", "per_member", "total")
        words = {name: getattr(kind, name) for name in (*same, "after_refund")} | kind.scope
        words |= {"off": kind.off_minor or None, "share": kind.off_ppm or None, "cap": kind.cap_minor}
        words |= {"threshold": kind.threshold_minor or None, "code": kind.code or "", "budget": kind.budget_minor}
        return cls(initial=words, **choices)

    def draft(self) -> CouponDraft:
        """Say what was typed, once it is valid."""
        words = self.cleaned_data
        same = ("name", "claim_from", "claim_until", "valid_days", "valid_until", "per_member", "total", "code")
        return CouponDraft(
            **{name: words[name] for name in same},
            off_minor=words["off"] or 0,
            off_ppm=words["share"] or 0,
            cap_minor=words["cap"],
            threshold_minor=words["threshold"] or 0,
            scope=self.scope(),
            audience=Audience(words["audience"]),
            budget_minor=words["budget"],
            after_refund=AfterRefund(words["after_refund"]),
        )


class PromotionForm(ScopeForm):
    """A promotion that runs by itself. The kind is chosen before and stays."""

    name = forms.CharField(label=_("活动名称"), max_length=40, error_messages={"required": _("请给活动起个名字。")})
    starts_at = _moment(_("开始"))
    ends_at = _moment(_("结束"))
    every = _count(_("每几件"), _("填 2 就是第二件优惠。"))
    share = PercentField(label=_("那一件便宜"), required=False, most_ppm=_SHARE, help_text=_("填 50 就是半价。"))

    def __init__(self, *args: Any, kind: PromotionKind, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        if kind == PromotionKind.SPEND_AND_SAVE:
            del self.fields["every"], self.fields["share"]
            for place in range(1, MOST_TIERS + 1):
                self.fields[f"from_{place}"] = MoneyField(label=_("满"), required=False)
                self.fields[f"off_{place}"] = MoneyField(label=_("减"), required=False)

    @classmethod
    def of(cls, promotion: Promotion, **choices: Any) -> "PromotionForm":
        """Show a promotion as it is."""
        words: dict[str, Any] = {name: getattr(promotion, name) for name in ("name", "starts_at", "ends_at")}
        words |= promotion.scope
        for place, (least, off) in enumerate(promotion.rule.get("tiers", ()), start=1):
            words |= {f"from_{place}": least, f"off_{place}": off}
        words |= {"every": promotion.rule.get("every"), "share": promotion.rule.get("off_ppm")}
        return cls(initial=words, kind=PromotionKind(promotion.kind), **choices)

    def tiers(self) -> list[tuple[Any, Any]]:
        """The tier fields in pairs, for the page."""
        if self.kind != PromotionKind.SPEND_AND_SAVE:
            return []
        return [(self[f"from_{place}"], self[f"off_{place}"]) for place in range(1, MOST_TIERS + 1)]

    def draft(self) -> PromotionDraft:
        """Say what was typed, once it is valid. A tier with an empty side counts as nought there, and is refused."""
        words = self.cleaned_data
        pairs = [(words.get(f"from_{place}"), words.get(f"off_{place}")) for place in range(1, MOST_TIERS + 1)]
        return PromotionDraft(
            name=words["name"],
            kind=self.kind,
            starts_at=words["starts_at"],
            ends_at=words["ends_at"],
            scope=self.scope(),
            tiers=tuple((least or 0, off or 0) for least, off in pairs if least is not None or off is not None),
            every=words.get("every") or 0,
            off_ppm=words.get("share") or 0,
        )
