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
    pictures = set(product.pictures.filter(removed_at=None).values_list("pk", flat=True))
    by_label = {draft.label: sku for sku, draft, _position in kept}
    # The bases first: a row that takes another's stock points at it
    for sku, draft, position in sorted(kept, key=lambda one: bool(one[1].base_label)):
        _fill(sku, draft, position)
        sku.base_sku = by_label[draft.base_label] if draft.base_label else None
        sku.picture_id = draft.picture_id if draft.picture_id in pictures else None
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
    sku.strike_source, sku.member_price_minor = draft.strike_source, draft.member_price_minor
    sku.options, sku.unit, sku.factor = list(draft.options), draft.unit, draft.factor
    sku.weight_grams, sku.limit_per_order = draft.weight_grams, draft.limit_per_order
    weighed = draft.weighed
    sku.weighed_price_minor = weighed.price_minor if weighed else None
    sku.weighed_per_grams = weighed.per_grams if weighed else None
    sku.estimated_grams = weighed.estimated_grams if weighed else None
    sku.position, sku.is_active = position, True
