"""Writing the rows of a product's SKU table, whatever was renamed, swapped, taken out or brought back."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from tenants.catalog.models import Product, Sku
from tenants.catalog.services.drafts import SkuDraft


class StrangeSku(Refused):
    """A row names a SKU that is not (or no longer) of this product."""

    code, kind, sentence = "strange_sku", Kind.CONFLICT, _("有一个规格已经被别人删掉了，请刷新后再改。")


def write_skus(*, product: Product, drafts: Sequence[SkuDraft]) -> list[tuple[Sku, SkuDraft]]:
    """Make the product's active SKUs equal to the drafts and return the SKUs that are new or brought back.

    Needs an open transaction with the product locked. A SKU left out stays as a row (orders point at it) but gives
    up its code; a new row with the label of such a one brings it back, with its history of stock.

    :raises StrangeSku:
    """
    known = {sku.pk: sku for sku in product.skus.all()}
    resting = {sku.label.casefold(): sku for sku in known.values() if not sku.is_active}
    fresh: list[tuple[Sku, SkuDraft]] = []
    kept: list[tuple[Sku, SkuDraft, int]] = []
    for position, draft in enumerate(drafts):
        if draft.sku_id is not None:
            sku = known.get(draft.sku_id)
            if sku is None or not sku.is_active:
                raise StrangeSku
        else:
            sku = resting.get(draft.label.casefold()) or Sku(product=product)
            fresh.append((sku, draft))
        kept.append((sku, draft, position))
    _step_aside(known.values(), staying={sku.pk for sku, _draft, _position in kept})
    for sku, draft, position in kept:
        _fill(sku, draft, position)
        sku.save()
    return fresh


def _step_aside(known: Iterable[Sku], *, staying: set[UUID]) -> None:
    # Labels and codes are unique row by row, so two rows that swap theirs first let go of both.
    for sku in known:
        if sku.pk not in staying:
            Sku.objects.filter(pk=sku.pk).update(is_active=False, code=None)
        elif sku.is_active:
            Sku.objects.filter(pk=sku.pk).update(label=str(sku.pk), code=None)


def _fill(sku: Sku, draft: SkuDraft, position: int) -> None:
    sku.label = draft.label
    sku.code = draft.code or None
    sku.price_minor, sku.strike_minor, sku.cost_minor = draft.price_minor, draft.strike_minor, draft.cost_minor
    sku.position, sku.is_active = position, True
