"""What must be true of a draft before it is written."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.money import major_units
from tenants.catalog.models import Sku
from tenants.catalog.services.drafts import MOST_GROUPS, MOST_SKUS, ProductDraft


class DraftRefused(Refused):
    """The draft cannot be sold as it is; ``fields`` names each cell as ``sku-<row>-<column>``."""

    code, kind, sentence = "product_draft_refused", Kind.INVALID, _("有几处需要改一下，请看标红的地方。")


class NoSku(Refused):
    """A product without a single SKU cannot be bought."""

    code, kind, sentence = "no_sku", Kind.INVALID, _("至少要有一个规格，顾客才能下单。")


def check_draft(draft: ProductDraft, *, currency: str) -> None:
    """Refuse a draft that cannot be sold. :raises NoSku, DraftRefused:"""
    if not draft.skus:
        raise NoSku(fields={"skus": [NoSku.sentence]})
    if len(draft.skus) > MOST_SKUS:
        raise DraftRefused(gettext("一个商品最多 %(most)s 个规格。") % {"most": MOST_SKUS})
    wrong = wrong_in(draft, currency=currency)
    codes = Counter(sku.code for sku in draft.skus if sku.code)
    taken = _codes_elsewhere(draft)
    for row, sku in enumerate(draft.skus):
        if codes[sku.code] > 1:
            wrong[f"sku-{row}-code"] = [gettext("商品编码重复了。")]
        elif sku.code in taken:
            wrong[f"sku-{row}-code"] = [gettext("“%(title)s”已经用了这个编码。") % {"title": taken[sku.code]}]
    if wrong:
        raise DraftRefused(fields=wrong)


def wrong_in(draft: ProductDraft, *, currency: str) -> dict[str, list[Any]]:
    """Say what of a draft contradicts itself, by cell; asks nothing of the database."""
    wrong: dict[str, list[Any]] = {**_of_selling(draft), **_of_groups(draft)}
    labels = Counter(sku.label.casefold() for sku in draft.skus)
    for row, sku in enumerate(draft.skus):
        if labels[sku.label.casefold()] > 1:
            wrong[f"sku-{row}-label"] = [gettext("规格名重复了。")]
        if sku.price_minor <= 0:
            wrong[f"sku-{row}-price"] = [gettext("售价要大于 0。")]
        if sku.strike_minor is not None and sku.strike_minor <= sku.price_minor:
            price = major_units(sku.price_minor, currency)
            wrong[f"sku-{row}-strike"] = [gettext("划线价要高于售价 %(price)s。") % {"price": price}]
        wrong |= _of_form(draft, row)
    return wrong


def _of_selling(draft: ProductDraft) -> dict[str, list[Any]]:
    selling, wrong = draft.selling, {}
    if selling.limit_per_order is not None and selling.limit_per_order < selling.min_quantity:
        wrong["limit_per_order"] = [gettext("每单限购不能比起购数量还少。")]
    if selling.limit_per_day is not None and selling.limit_per_day < (selling.limit_per_order or 1):
        wrong["limit_per_day"] = [gettext("每天限购不能比每单限购还少。")]
    if selling.limit_lifetime is not None and selling.limit_lifetime < (selling.limit_per_day or 1):
        wrong["limit_lifetime"] = [gettext("总限购不能比每天限购还少。")]
    if selling.sale_from and selling.sale_until and selling.sale_until <= selling.sale_from:
        wrong["sale_until"] = [gettext("结束要晚于开始。")]
    if (selling.sale_time_from is None) != (selling.sale_time_until is None):
        wrong["sale_time_until"] = [gettext("开始和结束时间要么都填，要么都不填。")]
    elif selling.sale_time_from is not None and selling.sale_time_until == selling.sale_time_from:
        wrong["sale_time_until"] = [gettext("开始和结束不能是同一时间；全天可买请两个都留空。")]
    return wrong


def _of_groups(draft: ProductDraft) -> dict[str, list[Any]]:
    if not draft.spec_groups:
        return {}
    wrong: dict[str, list[Any]] = {}
    names = [name for name, _values in draft.spec_groups]
    if len(names) > MOST_GROUPS or len(set(names)) < len(names) or not all(names):
        wrong["spec_groups"] = [gettext("规格组最多 3 个，名称不能重复。")]
    if any(len(set(values)) < len(values) or not values for _name, values in draft.spec_groups):
        wrong["spec_groups"] = [gettext("每个规格组至少一个值，值不能重复。")]
    seen: dict[tuple[str, ...], int] = {}
    for row, sku in enumerate(draft.skus):
        options = tuple(sku.options)
        fits = len(options) == len(names) and all(
            value in values for value, (_name, values) in zip(options, draft.spec_groups, strict=True)
        )
        if not fits:
            wrong[f"sku-{row}-label"] = [gettext("这一行和规格组对不上，请重新生成规格。")]
        elif seen.setdefault(options, row) != row:
            wrong[f"sku-{row}-label"] = [gettext("规格组合重复了。")]
    return wrong


def _of_form(draft: ProductDraft, row: int) -> dict[str, list[Any]]:
    sku, wrong = draft.skus[row], {}
    if sku.member_price_minor is not None and sku.member_price_minor >= sku.price_minor:
        wrong[f"sku-{row}-member_price"] = [gettext("会员价要低于售价。")]
    if sku.base_label:
        base = next((one for one in draft.skus if one.label == sku.base_label), None)
        if base is None or base is sku:
            wrong[f"sku-{row}-base"] = [gettext("换算的规格要是这个商品里的另一个规格。")]
        elif base.base_label:
            wrong[f"sku-{row}-base"] = [
                gettext("“%(label)s”自己也是换算来的，请直接换算到最小的规格。") % {"label": base.label}
            ]
        elif (base.weighed is None) != (sku.weighed is None):
            wrong[f"sku-{row}-base"] = [gettext("称重的规格和按件的规格不能互相换算。")]
    elif sku.factor != 1:
        wrong[f"sku-{row}-factor"] = [gettext("先选换算到哪个规格。")]
    return wrong


def _codes_elsewhere(draft: ProductDraft) -> dict[str, str]:
    codes = [sku.code for sku in draft.skus if sku.code]
    own = [sku.sku_id for sku in draft.skus if sku.sku_id]
    found = Sku.objects.filter(code__in=codes).exclude(pk__in=own).values_list("code", "product__title")
    return {str(code): title for code, title in found}
