"""What is typed into the editor of one product: its words, its rules of sale, its SKU rows and its parameters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.web.forms import MoneyField
from tenants.backoffice.forms_skus import MOST_MINOR, WHOLE, SkuForm, options_in
from tenants.catalog.models import EVERY_DAY, Product, ProductState, Sku
from tenants.catalog.offering import WEEKDAYS
from tenants.catalog.rich_text import MOST_LETTERS, cleaned
from tenants.catalog.selectors import brand_names, categories_to_choose, story_shown, tags_to_choose
from tenants.catalog.services.drafts import MOST_GROUPS, MOST_PARAMETERS, MOST_SKUS, ProductDraft, Selling, SkuDraft

_MOMENT = "%Y-%m-%dT%H:%M"
_SELLING = (
    "limit_per_order", "limit_per_day", "limit_lifetime", "min_quantity", "step_quantity", "lead_days",
    "sale_from", "sale_until", "sale_time_from", "sale_time_until",
)  # fmt: skip
_WORDS = ("title", "subtitle", "brand", "origin", "storage", "state", "description")
_WEEKDAYS = [(str(day), name) for day, name in enumerate(WEEKDAYS)]


def _count(label: Any, help_text: Any = "", *, least: int = 1, most: int = 1_000_000) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=least,
        max_value=most,
        error_messages={"invalid": _("请填整数。")},
        widget=forms.TextInput(attrs=WHOLE),
    )


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=[_MOMENT],
        error_messages={"invalid": _("时间写得不对。")},
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
    )


def _time(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    wrong = {"invalid": _("时间写得不对。")}
    return forms.TimeField(label=label, required=False, help_text=help_text, error_messages=wrong, widget=widget)


class ProductForm(forms.Form):
    """A product's own words and its rules of sale."""

    title = forms.CharField(
        label=_("商品名称"), max_length=80, error_messages={"required": _("请填写商品名称。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("例如 烟台红富士苹果")}),
    )  # fmt: skip
    subtitle = forms.CharField(label=_("卖点"), max_length=120, required=False, help_text=_("商品名下面的一句话。"))
    category = forms.TypedChoiceField(label=_("分类"), required=False, coerce=UUID, empty_value=None)
    new_category = forms.CharField(
        label=_("新建分类"), max_length=92, required=False, help_text=_("上面没有合适的分类时填这里，例如 蔬菜/叶菜。")
    )
    tags = forms.TypedMultipleChoiceField(
        label=_("标签"), required=False, coerce=UUID, widget=forms.CheckboxSelectMultiple
    )
    brand = forms.CharField(
        label=_("品牌"), max_length=40, required=False, help_text=_("新品牌会自动加进品牌列表。"),
        widget=forms.TextInput(attrs={"list": "brand-names", "autocomplete": "off"}),
    )  # fmt: skip
    origin = forms.CharField(label=_("产地"), max_length=40, required=False)
    storage = forms.ChoiceField(
        label=_("储存方式"),
        required=False,
        choices=[("", _("不填")), ("常温", _("常温")), ("冷藏", _("冷藏")), ("冷冻", _("冷冻"))],
    )
    state = forms.ChoiceField(label=_("状态"), choices=ProductState.choices, initial=ProductState.ON_SALE)
    description = forms.CharField(
        label=_("商品介绍"),
        required=False,
        max_length=MOST_LETTERS,
        error_messages={"max_length": _("商品介绍太长了，请删短一些。")},
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    min_quantity = _count(_("起购数量"), _("不填就是 1 件。"))
    step_quantity = _count(_("加购倍数"), _("例如 2，只能买 2、4、6 件。"))
    limit_per_order = _count(_("每单限购"), _("所有规格合计，不填不限。"))
    limit_per_day = _count(_("每人每天限购"))
    limit_lifetime = _count(_("每人总限购"))
    lead_days = _count(_("备货天数"), _("截单后几天才能提货，不填就是当期到货。"), least=0, most=90)
    sale_from = _moment(_("开始销售"))
    sale_until = _moment(_("停止销售"))
    sale_weekdays = forms.TypedMultipleChoiceField(
        label=_("销售日"), required=False, coerce=int, choices=_WEEKDAYS, widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就是每天。"),
    )  # fmt: skip
    sale_time_from = _time(_("每天几点开始"))
    sale_time_until = _time(_("每天几点结束"), _("比开始早就是到次日凌晨，例如 20:00–02:00。"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["category"].choices = [("", _("不分类")), *categories_to_choose()]
        fields["tags"].choices = tags_to_choose()
        self.brands = brand_names()
        kept = str(self.initial.get("storage", ""))
        if kept and kept not in ("常温", "冷藏", "冷冻"):  # an import may have brought other words
            fields["storage"].choices += [(kept, kept)]

    def selling(self) -> Selling:
        """Say how it is sold, once it is valid."""
        typed = self.cleaned_data
        days = sum(1 << day for day in set(typed["sale_weekdays"]))
        counts: dict[str, Any] = {name: typed[name] or 1 for name in ("min_quantity", "step_quantity")}
        rest = {name: typed[name] for name in _SELLING if name not in counts and name != "lead_days"}
        return Selling(**rest, **counts, lead_days=typed["lead_days"] or 0, sale_weekdays=days or EVERY_DAY)


class ParameterForm(forms.Form):
    """One row of the parameters' table; an empty one counts for nothing."""

    name = forms.CharField(label=_("参数名"), max_length=20, required=False)
    value = forms.CharField(label=_("参数值"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("value") and not typed.get("name"):
            self.add_error("name", gettext("请填写参数名。"))
        return typed


class GroupForm(forms.Form):
    """One specification group; an empty one counts for nothing."""

    name = forms.CharField(
        label=_("规格组"), max_length=10, required=False, widget=forms.TextInput(attrs={"placeholder": _("例如 口味")})
    )
    values = forms.CharField(
        label=_("规格值"), max_length=300, required=False, help_text=_("用逗号或顿号隔开。"),
        widget=forms.TextInput(attrs={"placeholder": _("例如 原味、微辣、特辣")}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if bool(typed.get("name")) != bool(options_in(typed.get("values", ""))):
            self.add_error("values", gettext("规格组的名称和值要一起填。"))
        return typed


class FillForm(forms.Form):
    """Values to be put into every SKU row at once; an empty one changes nothing."""

    price = MoneyField(label=_("售价"), required=False, least_minor=1, most_minor=MOST_MINOR)
    strike = MoneyField(label=_("划线价"), required=False, most_minor=MOST_MINOR)
    member_price = MoneyField(label=_("会员价"), required=False, least_minor=1, most_minor=MOST_MINOR)
    cost = MoneyField(label=_("成本价"), required=False, most_minor=MOST_MINOR)
    weight_grams = _count(_("重量（克）"))
    limit_per_order = _count(_("每单限购"))


_RowsOfSkus = forms.formset_factory(SkuForm, extra=0, max_num=MOST_SKUS, absolute_max=MOST_SKUS + 10)
_RowsOfParameters = forms.formset_factory(
    ParameterForm, extra=0, max_num=MOST_PARAMETERS, absolute_max=MOST_PARAMETERS + 10
)
_RowsOfGroups = forms.formset_factory(GroupForm, extra=0, max_num=MOST_GROUPS, absolute_max=MOST_GROUPS)


class ProductForms:
    """The editor's forms together."""

    def __init__(
        self,
        posted: Any = None,
        *,
        product: Product | None = None,
        currency: str = "CNY",
        rows: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        shown = {"initial": _words_of(product)} if product else {}
        kwargs = {"currency": currency, "pictures": _pictures_of(product)}
        self.product = ProductForm(posted, **shown)
        self.skus = _RowsOfSkus(
            posted if rows is None else None, prefix="sku", initial=_skus_of(product) if rows is None else list(rows),
            form_kwargs=kwargs,
        )  # fmt: skip
        self.parameters = _RowsOfParameters(posted, prefix="parameter", initial=_parameters_of(product))
        has_groups = posted is not None and "group-TOTAL_FORMS" in posted
        self.groups = _RowsOfGroups(posted if has_groups else None, prefix="group", initial=_groups_of(product))
        self.fill = FillForm(prefix="fill")

    def is_valid(self) -> bool:
        """Check all of them, so that everything wrong is said at once."""
        groups = self.groups.is_valid() if self.groups.is_bound else True
        return all([self.product.is_valid(), self.skus.is_valid(), self.parameters.is_valid(), groups])

    def draft(self) -> ProductDraft:
        """Say what was typed, once it is valid."""
        typed = self.product.cleaned_data
        words = {name: typed[name] for name in (*_WORDS, "new_category")}
        rows = [form.cleaned_data for form in self.parameters]
        skus: list[SkuDraft] = [form.draft() for form in self.skus]
        return ProductDraft(
            **words,
            category_id=typed["category"],
            skus=skus,
            parameters=[(row["name"], row["value"]) for row in rows if row.get("name")],
            tag_ids=typed["tags"],
            spec_groups=groups_in(self.groups),
            selling=self.product.selling(),
        )

    def tell(self, fields: dict[str, list[Any]], sentence: Any) -> None:
        """Put a refusal beside the cells it names (``sku-2-code``), or above everything."""
        told = False
        for place, sentences in fields.items():
            said = [str(one) for one in sentences]
            room, _dash, rest = place.partition("-")
            row, _dash, column = rest.partition("-")
            if room == "sku" and row.isdigit() and int(row) < len(self.skus.forms):
                self.skus.forms[int(row)].add_error(column, said)
            elif place == "name":  # a category's
                self.product.add_error("new_category", said)
            elif place in self.product.fields:
                self.product.add_error(place, said)
            else:
                continue
            told = True
        if not told:
            self.product.add_error(None, next((str(one) for said in fields.values() for one in said), str(sentence)))


def groups_in(rows: Any) -> list[tuple[str, list[str]]]:
    """Read the specification groups that are filled in."""
    if not rows.is_bound or not rows.is_valid():
        return []
    typed = [(form.cleaned_data.get("name", ""), options_in(form.cleaned_data.get("values", ""))) for form in rows]
    return [(name, values) for name, values in typed if name]


def _words_of(product: Product) -> dict[str, Any]:
    days = [str(day) for day in range(7) if product.sale_weekdays & (1 << day)]
    return {
        **{name: getattr(product, name) for name in (*_WORDS, *_SELLING)},
        "description": story_shown(product) or cleaned(product.description, pictures=()),
        **{name: _local(getattr(product, name)) for name in ("sale_from", "sale_until")},
        "sale_weekdays": [] if product.sale_weekdays == EVERY_DAY else days,
        "category": product.category_id,
        "tags": [str(key) for key in product.tag_links.values_list("tag_id", flat=True)],
    }


def _local(at: datetime | None) -> datetime | None:
    return forms.utils.to_current_timezone(at) if at else None


def _skus_of(product: Product | None) -> list[dict[str, Any]]:
    if product is None:
        return [{}]
    skus: list[Sku] = product.shown_skus  # type: ignore[attr-defined]
    labels = {sku.pk: sku.label for sku in skus}
    return [
        {
            "sku_id": sku.pk,
            "label": sku.label,
            "options": "、".join(sku.options),
            "price": sku.price_minor,
            "strike": sku.strike_minor,
            "strike_source": sku.strike_source,
            "member_price": sku.member_price_minor,
            "cost": sku.cost_minor,
            "code": sku.code,
            "unit": sku.unit,
            "base": labels.get(sku.base_sku_id, "") if sku.base_sku_id else "",
            "factor": sku.factor if sku.base_sku_id else None,
            "weight_grams": sku.weight_grams,
            "limit_per_order": sku.limit_per_order,
            "picture": sku.picture_id,
            "weighed_per": sku.weighed_per_grams,
            "weighed_price": sku.weighed_price_minor,
            "estimated_grams": sku.estimated_grams,
        }
        for sku in skus
    ]


def _pictures_of(product: Product | None) -> list[tuple[str, str]]:
    if product is None:
        return []
    pictures = product.shown_pictures  # type: ignore[attr-defined]
    return [(str(one.pk), gettext("第 %(n)d 张图片") % {"n": place}) for place, one in enumerate(pictures, 1)]


def _groups_of(product: Product | None) -> list[dict[str, Any]]:
    groups = product.spec_groups if product else []
    filled = [{"name": group["name"], "values": "、".join(group["values"])} for group in groups]
    return [*filled, *({} for _place in range(MOST_GROUPS - len(filled)))]


def _parameters_of(product: Product | None) -> list[dict[str, Any]]:
    return [dict(row) for row in product.parameters] if product else []
