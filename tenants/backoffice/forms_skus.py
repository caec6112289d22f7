"""One row of the editor's SKU table, and the matrix that makes rows out of specification groups."""

import re
from collections.abc import Mapping, Sequence
from itertools import product as combined
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.web.forms import MoneyField
from tenants.catalog.services.drafts import SkuDraft, Weighed
from tenants.catalog.weights import estimated_price
from tenants.inventory.services.receive_stock import MOST_PIECES

MOST_MINOR = 100_000_000
WHOLE = {"inputmode": "numeric", "autocomplete": "off"}
_MOST_GRAMS = 1_000_000
_SIGNS = re.compile(r"[,，、;；\n]+")
_PER = [("", _("按件卖")), ("500", _("按斤（500g）")), ("1000", _("按公斤"))]


class SkuForm(forms.Form):
    """One row of the SKU table."""

    sku_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    options = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    label = forms.CharField(
        label=_("规格"), max_length=40, error_messages={"required": _("请填写规格，例如 500g/份。")}
    )
    price = MoneyField(label=_("售价"), required=False, least_minor=1, most_minor=MOST_MINOR)
    strike = MoneyField(label=_("划线价"), required=False, most_minor=MOST_MINOR)
    strike_source = forms.CharField(
        label=_("划线价来源"), required=False, max_length=60, help_text=_("例如 厂家建议零售价、本店 10 月售价。")
    )
    member_price = MoneyField(label=_("会员价"), required=False, least_minor=1, most_minor=MOST_MINOR)
    cost = MoneyField(label=_("成本价"), required=False, most_minor=MOST_MINOR)
    stock = forms.IntegerField(
        label=_("初始库存"), required=False, min_value=0, max_value=MOST_PIECES,
        error_messages={"invalid": _("请填整数。"), "min_value": _("库存不能小于 0。"), "max_value": _("库存太大了。")},
        widget=forms.TextInput(attrs=WHOLE),
    )  # fmt: skip
    code = forms.CharField(label=_("商品编码"), max_length=40, required=False)
    unit = forms.CharField(
        label=_("单位"), max_length=6, required=False,
        widget=forms.TextInput(attrs={"list": "unit-names", "placeholder": _("份、箱、斤")}),
    )  # fmt: skip
    base = forms.CharField(
        label=_("换算到规格"), max_length=40, required=False, help_text=_("填另一个规格的名字，就和它共用库存。")
    )
    factor = forms.IntegerField(
        label=_("一件等于几件"), required=False, min_value=1, max_value=10_000,
        error_messages={"invalid": _("请填整数。")}, widget=forms.TextInput(attrs=WHOLE),
    )  # fmt: skip
    weight_grams = forms.IntegerField(
        label=_("重量（克）"), required=False, min_value=1, max_value=_MOST_GRAMS,
        help_text=_("连包装，算快递运费用；不填每件按 500 g 算。"),
        error_messages={"invalid": _("请填整数。")}, widget=forms.TextInput(attrs=WHOLE),
    )  # fmt: skip
    limit_per_order = forms.IntegerField(
        label=_("每单限购"), required=False, min_value=1, max_value=MOST_PIECES,
        error_messages={"invalid": _("请填整数。")}, widget=forms.TextInput(attrs=WHOLE),
    )  # fmt: skip
    picture = forms.TypedChoiceField(label=_("规格图片"), required=False, coerce=UUID, empty_value=None)
    weighed_per = forms.TypedChoiceField(
        label=_("计价方式"), required=False, coerce=int, empty_value=None, choices=_PER,
        help_text=_("按重量卖的先按预估重量收款，称重后多退少不补。"),
    )  # fmt: skip
    weighed_price = MoneyField(label=_("每斤或每公斤价"), required=False, least_minor=1, most_minor=MOST_MINOR)
    estimated_grams = forms.IntegerField(
        label=_("预估重量（克）"), required=False, min_value=1, max_value=_MOST_GRAMS,
        error_messages={"invalid": _("请填整数。")}, widget=forms.TextInput(attrs=WHOLE),
    )  # fmt: skip

    def __init__(
        self, *args: Any, currency: str = "CNY", pictures: Sequence[tuple[str, str]] = (), **options: Any
    ) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        for name in ("price", "strike", "cost", "member_price", "weighed_price"):
            fields[name].currency = currency
        fields["picture"].choices = [("", _("不单独配图")), *pictures]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("weighed_per"):
            for name, sentence in (
                ("weighed_price", gettext("请填写每斤或每公斤的价格。")),
                ("estimated_grams", gettext("请填写一件大约多少克。")),
            ):
                if not typed.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        elif typed.get("price") is None and "price" not in self.errors:
            self.add_error("price", gettext("请填写售价。"))
        return typed

    def draft(self) -> SkuDraft:
        """Say what was typed, once it is valid; the price of weight goods is that of the estimate."""
        typed = self.cleaned_data
        weighed = None
        price: int = typed["price"] or 0
        if typed["weighed_per"]:
            weighed = Weighed(typed["weighed_price"], typed["weighed_per"], typed["estimated_grams"])
            price = estimated_price(
                price_minor=weighed.price_minor, per_grams=weighed.per_grams, grams=weighed.estimated_grams
            )
        return SkuDraft(
            sku_id=typed["sku_id"],
            label=typed["label"],
            options=options_in(typed["options"]),
            price_minor=price,
            strike_minor=typed["strike"],
            strike_source=typed["strike_source"],
            member_price_minor=typed["member_price"],
            cost_minor=typed["cost"],
            code=typed["code"],
            unit=typed["unit"],
            base_label=typed["base"],
            factor=typed["factor"] or 1,
            weight_grams=typed["weight_grams"],
            limit_per_order=typed["limit_per_order"],
            picture_id=typed["picture"],
            weighed=weighed,
            opening_stock=typed["stock"] or 0,
        )


def options_in(text: str) -> list[str]:
    """Read values divided by commas of either script."""
    return [" ".join(part.split()) for part in _SIGNS.split(text) if part.strip()]


def matrix_rows(groups: Sequence[tuple[str, Sequence[str]]], kept: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make one row for each combination of the groups' values; rows there already keep what was typed in them.

    A row is found again by its options. Rows without options (from before there were groups) fill the first
    combinations, so that turning a plain product into one with groups loses no SKU.
    """
    known = {tuple(options_in(str(row.get("options") or ""))): row for row in kept}
    plain = [row for row in kept if not row.get("options")]
    rows: list[dict[str, Any]] = []
    for values in combined(*(values for _name, values in groups)):
        row = known.get(values)
        if row is None and plain:
            row = plain.pop(0)
        typed = {name: value for name, value in (row or {}).items() if name not in ("label", "options")}
        rows.append({**typed, "label": " / ".join(values)[:40], "options": "、".join(values)})
    return rows
