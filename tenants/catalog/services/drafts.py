"""A product as somebody wants it, and what must be true of it before it is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.money import major_units
from tenants.catalog.models import ProductState, Sku

MOST_SKUS = 50
MOST_PARAMETERS = 30


@dataclass(frozen=True)
class SkuDraft:
    """One row of the SKU table. ``opening_stock`` counts for a new row only, and inventory writes it."""

    label: str
    price_minor: int
    strike_minor: int | None = None
    cost_minor: int | None = None
    code: str = ""
    sku_id: UUID | None = None
    opening_stock: int = 0


@dataclass(frozen=True)
class ProductDraft:
    """A product with its SKUs in the order they are shown."""

    title: str
    skus: Sequence[SkuDraft]
    subtitle: str = ""
    category_id: UUID | None = None
    new_category: str = ""  # a name that is to become (or already is) a category; it goes before category_id
    brand: str = ""
    origin: str = ""
    storage: str = ""
    description: str = ""
    parameters: Sequence[tuple[str, str]] = ()
    state: str = ProductState.ON_SALE


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
    wrong: dict[str, list[Any]] = {}
    labels = Counter(sku.label.casefold() for sku in draft.skus)
    codes = Counter(sku.code for sku in draft.skus if sku.code)
    taken = _codes_elsewhere(draft)
    for row, sku in enumerate(draft.skus):
        if labels[sku.label.casefold()] > 1:
            wrong[f"sku-{row}-label"] = [gettext("规格名重复了。")]
        if sku.price_minor <= 0:
            wrong[f"sku-{row}-price"] = [gettext("售价要大于 0。")]
        if sku.strike_minor is not None and sku.strike_minor <= sku.price_minor:
            price = major_units(sku.price_minor, currency)
            wrong[f"sku-{row}-strike"] = [gettext("划线价要高于售价 %(price)s。") % {"price": price}]
        if codes[sku.code] > 1:
            wrong[f"sku-{row}-code"] = [gettext("商品编码重复了。")]
        elif sku.code in taken:
            wrong[f"sku-{row}-code"] = [gettext("“%(title)s”已经用了这个编码。") % {"title": taken[sku.code]}]
    if wrong:
        raise DraftRefused(fields=wrong)


def _codes_elsewhere(draft: ProductDraft) -> dict[str, str]:
    codes = [sku.code for sku in draft.skus if sku.code]
    own = [sku.sku_id for sku in draft.skus if sku.sku_id]
    found = Sku.objects.filter(code__in=codes).exclude(pk__in=own).values_list("code", "product__title")
    return {str(code): title for code, title in found}
