"""What is typed about categories, tags and brands."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.catalog.models import Category, Tag
from tenants.catalog.selectors import MOST_LEVELS, category_tree
from tenants.catalog.services.shelves import ICONS, LONGEST_NAME, CategoryDraft

_ICON_WORDS = {
    "leaf": _("叶子"), "package": _("包裹"), "boxes": _("箱子"), "gift": _("礼物"), "sparkles": _("闪光"),
    "tag": _("标签"), "store": _("店铺"), "shopping-basket": _("篮子"), "truck": _("货车"), "warehouse": _("仓库"),
    "zap": _("闪电"),
}  # fmt: skip


class CategoryForm(forms.Form):
    """One category."""

    name = forms.CharField(label=_("分类名"), max_length=LONGEST_NAME, error_messages={"required": _("请填写分类名。")})
    parent = forms.TypedChoiceField(label=_("上级分类"), required=False, coerce=UUID, empty_value=None)
    icon = forms.ChoiceField(
        label=_("图标"), required=False, choices=[("", _("不用图标")), *((one, _ICON_WORDS[one]) for one in ICONS)]
    )
    is_hidden = forms.BooleanField(
        label=_("对顾客隐藏"), required=False, help_text=_("下面的子分类一起隐藏，商品还能从团购和搜索里买到。")
    )

    def __init__(self, *args: Any, category: Category | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        shelves = [one for one in category_tree() if one.level < MOST_LEVELS]
        choices = [(str(one.category.pk), one.path) for one in shelves if one.category != category]
        self.fields["parent"].choices = [("", _("放在最上级")), *choices]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, category: Category) -> "CategoryForm":
        """Show a category as it is."""
        words = {name: getattr(category, name) for name in ("name", "icon", "is_hidden")}
        return cls(initial={**words, "parent": category.parent_id}, category=category)

    def draft(self) -> CategoryDraft:
        """Say what was typed, once it is valid."""
        typed = self.cleaned_data
        return CategoryDraft(
            name=typed["name"], parent_id=typed["parent"], icon=typed["icon"], is_hidden=typed["is_hidden"]
        )


class TagForm(forms.Form):
    """One tag."""

    name = forms.CharField(
        label=_("标签名"), max_length=8, help_text=_("显示在顾客看到的商品卡片上，例如 当季、爆款。"),
        error_messages={"required": _("请填写标签名。")},
    )  # fmt: skip
    color = forms.CharField(
        label=_("颜色"), max_length=7, initial="#0b7a3b", help_text=_("上面写白字，要看得清。"),
        error_messages={"required": _("请选一个颜色。")}, widget=forms.TextInput(attrs={"type": "color"}),
    )  # fmt: skip

    @classmethod
    def of(cls, tag: Tag) -> "TagForm":
        """Show a tag as it is."""
        return cls(initial={"name": tag.name, "color": tag.color})


class BrandForm(forms.Form):
    """One brand."""

    name = forms.CharField(
        label=_("品牌名"), max_length=40, error_messages={"required": _("请填写品牌名。")},
        help_text=_("改名后，这个品牌的商品一起改。"),
    )  # fmt: skip
