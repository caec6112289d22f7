"""What is typed about products, prices and stock."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.web.forms import MoneyField
from tenants.backoffice.fields import PercentField
from tenants.catalog.models import Product, ProductState, Sku
from tenants.catalog.selectors import categories
from tenants.catalog.services.drafts import MOST_PARAMETERS, MOST_SKUS, ProductDraft, SkuDraft
from tenants.inventory.services.receive_stock import MOST_PIECES

_MOST_MINOR = 100_000_000
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

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [(str(category.pk), category.name) for category in categories()]
        self.fields["category"].choices = [("", _("全部分类")), *names]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """Say what is looked for; a filter that makes no sense filters nothing."""
        self.is_valid()
        return {"query": self.cleaned_data.get("q", ""), "category_id": self.cleaned_data.get("category")}


class ProductForm(forms.Form):
    """A product's own words."""

    title = forms.CharField(
        label=_("商品名称"), max_length=80, error_messages={"required": _("请填写商品名称。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("例如 烟台红富士苹果")}),
    )  # fmt: skip
    subtitle = forms.CharField(label=_("卖点"), max_length=120, required=False, help_text=_("商品名下面的一句话。"))
    category = forms.TypedChoiceField(label=_("分类"), required=False, coerce=UUID, empty_value=None)
    new_category = forms.CharField(
        label=_("新建分类"), max_length=30, required=False, help_text=_("上面没有合适的分类时填这里。")
    )
    brand = forms.CharField(label=_("品牌"), max_length=40, required=False)
    origin = forms.CharField(label=_("产地"), max_length=40, required=False)
    storage = forms.ChoiceField(
        label=_("储存方式"),
        required=False,
        choices=[("", _("不填")), ("常温", _("常温")), ("冷藏", _("冷藏")), ("冷冻", _("冷冻"))],
    )
    state = forms.ChoiceField(label=_("状态"), choices=ProductState.choices, initial=ProductState.ON_SALE)
    description = forms.CharField(
        label=_("商品介绍"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [(str(category.pk), category.name) for category in categories()]
        self.fields["category"].choices = [("", _("不分类")), *names]  # type: ignore[attr-defined]
        kept = str(self.initial.get("storage", ""))
        if kept and kept not in ("常温", "冷藏", "冷冻"):  # an import may have brought other words
            self.fields["storage"].choices += [(kept, kept)]  # type: ignore[attr-defined]


class SkuForm(forms.Form):
    """One row of the SKU table."""

    sku_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(
        label=_("规格"), max_length=40, error_messages={"required": _("请填写规格，例如 500g/份。")}
    )
    price = MoneyField(
        label=_("售价"), least_minor=1, most_minor=_MOST_MINOR, error_messages={"required": _("请填写售价。")}
    )
    strike = MoneyField(label=_("划线价"), required=False, most_minor=_MOST_MINOR)
    cost = MoneyField(label=_("成本价"), required=False, most_minor=_MOST_MINOR)
    stock = forms.IntegerField(
        label=_("初始库存"), required=False, min_value=0, max_value=MOST_PIECES,
        error_messages={"invalid": _("请填整数。"), "min_value": _("库存不能小于 0。"), "max_value": _("库存太大了。")},
        widget=forms.TextInput(attrs=_WHOLE),
    )  # fmt: skip
    code = forms.CharField(label=_("商品编码"), max_length=40, required=False)

    def __init__(self, *args: Any, currency: str = "CNY", **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("price", "strike", "cost"):
            self.fields[name].currency = currency  # type: ignore[attr-defined]

    def draft(self) -> SkuDraft:
        """Say what was typed, once it is valid."""
        typed = self.cleaned_data
        return SkuDraft(
            sku_id=typed["sku_id"],
            label=typed["label"],
            price_minor=typed["price"],
            strike_minor=typed["strike"],
            cost_minor=typed["cost"],
            code=typed["code"],
            opening_stock=typed["stock"] or 0,
        )


class ParameterForm(forms.Form):
    """One row of the parameters' table; an empty one counts for nothing."""

    name = forms.CharField(label=_("参数名"), max_length=20, required=False)
    value = forms.CharField(label=_("参数值"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("value") and not typed.get("name"):
            self.add_error("name", gettext("请填写参数名。"))
        return typed


_RowsOfSkus = forms.formset_factory(SkuForm, extra=0, max_num=MOST_SKUS, absolute_max=MOST_SKUS + 10)
_RowsOfParameters = forms.formset_factory(
    ParameterForm, extra=0, max_num=MOST_PARAMETERS, absolute_max=MOST_PARAMETERS + 10
)


class ProductForms:
    """The editor's forms together: the product's words, its SKU rows and its parameter rows."""

    def __init__(self, posted: Any = None, *, product: Product | None = None, currency: str = "CNY") -> None:
        shown = {"initial": _words_of(product)} if product else {}
        self.product = ProductForm(posted, **shown)
        self.skus = _RowsOfSkus(posted, prefix="sku", initial=_skus_of(product), form_kwargs={"currency": currency})
        self.parameters = _RowsOfParameters(posted, prefix="parameter", initial=_parameters_of(product))

    def is_valid(self) -> bool:
        """Check all of them, so that everything wrong is said at once."""
        return all([self.product.is_valid(), self.skus.is_valid(), self.parameters.is_valid()])

    def draft(self) -> ProductDraft:
        """Say what was typed, once it is valid."""
        words = dict(self.product.cleaned_data)
        words["category_id"] = words.pop("category")
        rows = [form.cleaned_data for form in self.parameters]
        parameters = [(row["name"], row["value"]) for row in rows if row.get("name")]
        return ProductDraft(**words, skus=[form.draft() for form in self.skus], parameters=parameters)

    def tell(self, fields: dict[str, list[Any]], sentence: Any) -> None:
        """Put a refusal beside the cells it names (``sku-2-code``), or above everything."""
        told = False
        for place, sentences in fields.items():
            room, _dash, rest = place.partition("-")
            row, _dash, column = rest.partition("-")
            if room == "sku" and row.isdigit() and int(row) < len(self.skus.forms):
                self.skus.forms[int(row)].add_error(column, [str(one) for one in sentences])
                told = True
            elif place == "name":  # a category's
                self.product.add_error("new_category", [str(one) for one in sentences])
                told = True
        if not told:
            self.product.add_error(None, str(sentence))


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


def _words_of(product: Product) -> dict[str, Any]:
    names = ("title", "subtitle", "brand", "origin", "storage", "state", "description")
    return {**{name: getattr(product, name) for name in names}, "category": product.category_id}


def _skus_of(product: Product | None) -> list[dict[str, Any]]:
    if product is None:
        return [{}]
    skus: list[Sku] = product.shown_skus  # type: ignore[attr-defined]
    return [
        {
            "sku_id": sku.pk,
            "label": sku.label,
            "price": sku.price_minor,
            "strike": sku.strike_minor,
            "cost": sku.cost_minor,
            "code": sku.code,
        }
        for sku in skus
    ]


def _parameters_of(product: Product | None) -> list[dict[str, Any]]:
    return [dict(row) for row in product.parameters] if product else []
