"""What is typed about products, prices and stock."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.backoffice.fields import PercentField
from tenants.catalog.selectors import brand_names, categories_to_choose, tags_to_choose

_WHOLE = {"inputmode": "numeric", "autocomplete": "off"}
ENDING_CHOICES = [("", _("精确到分")), ("9", _("进到 .9，例如 3.42 → 3.90")), ("5", _("进到 .5")), ("0", _("进到整元"))]


class ProductFilters(forms.Form):
    """The filter above the list of products."""

    q = forms.CharField(
        label=_("商品名、拼音或编码"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("例如 苹果 或 pg")}),
    )
    category = forms.TypedChoiceField(label=_("分类"), required=False, coerce=UUID, empty_value=None)
    tag = forms.TypedChoiceField(label=_("标签"), required=False, coerce=UUID, empty_value=None)
    brand = forms.ChoiceField(label=_("品牌"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["category"].choices = [("", _("全部分类")), *categories_to_choose()]
        fields["tag"].choices = [("", _("全部标签")), *tags_to_choose()]
        fields["brand"].choices = [("", _("全部品牌")), *((name, name) for name in brand_names())]

    def wanted(self) -> dict[str, Any]:
        """Say what is looked for; a filter that makes no sense filters nothing."""
        self.is_valid()
        typed = self.cleaned_data
        return {
            "query": typed.get("q", ""),
            "category_id": typed.get("category"),
            "tag_id": typed.get("tag"),
            "brand": typed.get("brand", ""),
        }


class PriceForm(forms.Form):
    """A percentage for many prices."""

    direction = forms.ChoiceField(
        label=_("怎么改"), choices=[("up", _("涨价")), ("down", _("降价"))], widget=forms.RadioSelect, initial="up"
    )
    percent = PercentField(
        label=_("百分比"), most_ppm=5_000_000, error_messages={"required": _("请填写百分比，例如 5。")}
    )
    ending = forms.ChoiceField(label=_("尾数"), required=False, choices=ENDING_CHOICES)

    def percent_ppm(self) -> int:
        """Say the change in parts per million, negative when prices fall."""
        ppm: int = self.cleaned_data["percent"]
        return ppm if self.cleaned_data["direction"] == "up" else -ppm
