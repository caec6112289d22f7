"""What is asked about a sheet of goods."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.backoffice.fields import PercentField
from tenants.backoffice.forms_products import ENDING_CHOICES
from tenants.catalog.services.import_goods.columns import FIELDS, OWN_HEADS, Rules
from tenants.catalog.services.import_goods.refusals import SheetTooLarge
from tenants.catalog.services.import_goods.sheet import MOST_BYTES, Sheet

_EXAMPLES = 3
_LABELS = {
    "title": _("商品名称"),
    "subtitle": _("副标题"),
    "label": _("规格"),
    "price": _("售价"),
    "strike": _("划线价"),
    "cost": _("成本价"),
    "stock": _("库存"),
    "category": _("分类"),
    "origin": _("产地"),
    "storage": _("储存方式"),
    "code": _("商品编码"),
    "picture": _("图片"),
    "unit": _("单位"),
    "cost_low": _("最低价（成本价为 0 时参考）"),
    "cost_high": _("最高价（成本价为 0 时参考）"),
}


class SheetForm(forms.Form):
    """A sheet of any list."""

    sheet = forms.FileField(
        label=_("表格"),
        help_text=_("支持 .xlsx 和 .csv，最多 5,000 行、10 MB。"),
        error_messages={"required": _("请选择要上传的表格。"), "empty": _("这是一个空文件。")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_sheet(self) -> Any:
        file = self.cleaned_data["sheet"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(str(SheetTooLarge.sentence))
        return file


class UploadForm(SheetForm):
    """A sheet of goods."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["sheet"].label = gettext("商品表")


class ColumnsForm(forms.Form):
    """What each column of a foreign sheet means: for each of our words, the number of a column."""

    prices_from = forms.ChoiceField(
        label=_("售价怎么来"),
        choices=[("price", _("表格里有售价")), ("cost", _("按成本价加价"))],
        widget=forms.RadioSelect,
    )
    percent = PercentField(label=_("加价"), most_ppm=9_000_000, required=False)
    ending = forms.ChoiceField(label=_("尾数"), required=False, choices=ENDING_CHOICES)
    opening_stock = forms.IntegerField(
        label=_("新商品的库存"),
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=_("表格里没有库存时，新商品都按这个数入库；已有的商品不变。"),
        error_messages={"invalid": _("请填整数。"), "min_value": _("不能小于 0。"), "max_value": _("最多 100,000。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    duplicates = forms.ChoiceField(
        label=_("商品名称和规格都相同的行"),
        choices=[("last", _("以最后一行为准")), ("refuse", _("算错误，退回来改"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, posted: Any, *, sheet: Sheet, columns: Mapping[str, int], rules: Rules) -> None:
        super().__init__(posted, initial=_shown(columns, rules))
        choices = [("", gettext("没有这一列")), *((str(at), _name(sheet, at)) for at in range(len(sheet.head)))]
        for name in FIELDS:
            self.fields[f"column_{name}"] = forms.TypedChoiceField(
                label=_LABELS[name], required=False, choices=choices, coerce=int, empty_value=None
            )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("prices_from") == "cost" and typed.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", gettext("请填写加价的百分比，例如 30。"))
        return typed

    def columns(self) -> dict[str, int]:
        """Say which column holds which field, once it is valid."""
        chosen = {name: self.cleaned_data[f"column_{name}"] for name in FIELDS}
        return {name: column for name, column in chosen.items() if column is not None}

    def rules(self) -> Rules:
        """Say the rules, once it is valid."""
        typed = self.cleaned_data
        return Rules(
            percent_ppm=typed["percent"] if typed["prices_from"] == "cost" else None,
            ending=typed["ending"],
            opening_stock=typed["opening_stock"] or 0,
            last_row_wins=typed["duplicates"] == "last",
        )

    def own_fields(self) -> list[forms.BoundField]:
        """List the questions about our template's words."""
        return [self[f"column_{name}"] for name in OWN_HEADS]

    def more_fields(self) -> list[forms.BoundField]:
        """List the questions that only foreign sheets need."""
        return [self[f"column_{name}"] for name in FIELDS if name not in OWN_HEADS]

    def tell(self, fields: Mapping[str, Sequence[Any]], sentence: Any) -> None:
        """Put a refusal beside the columns it names."""
        known = {name: sentences for name, sentences in fields.items() if f"column_{name}" in self.fields}
        for name, sentences in known.items():
            self.add_error(f"column_{name}", [str(one) for one in sentences])
        if not known:
            self.add_error(None, str(sentence))


def _shown(columns: Mapping[str, int], rules: Rules) -> dict[str, Any]:
    by_cost = rules.percent_ppm is not None or ("price" not in columns and "cost" in columns)
    return {
        **{f"column_{name}": column for name, column in columns.items()},
        "prices_from": "cost" if by_cost else "price",
        "percent": rules.percent_ppm,
        "ending": rules.ending,
        "opening_stock": rules.opening_stock,
        "duplicates": "last" if rules.last_row_wins else "refuse",
    }


def _name(sheet: Sheet, at: int) -> str:
    head = sheet.head[at] or gettext("第 %(n)s 列") % {"n": at + 1}
    examples = [row.cells[at] for row in sheet.rows[:20] if at < len(row.cells) and row.cells[at]][:_EXAMPLES]
    return f"{head}：{' / '.join(text[:12] for text in examples)}" if examples else head
