"""A product together with what is on the shelf of it: the form of the back office, saved."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from tenants.catalog.models import Product
from tenants.catalog.services.create_product import create_product
from tenants.catalog.services.drafts import ProductDraft
from tenants.catalog.services.update_product import update_product
from tenants.inventory.models import Stock
from tenants.inventory.services.set_counts import set_counts


def save_stocked_product(
    *, draft: ProductDraft, now: datetime, by_name: str, product_id: UUID | None = None, version: int = 0
) -> Product:
    """Create a product (no ``product_id``) or update the ``version`` of it that was opened, with stock rows for all.

    :raises ProductMissing, ChangedMeanwhile, NoSku, DraftRefused, StrangeSku, PlanLimitReached:
    """
    with transaction.atomic(durable=True):
        if product_id is None:
            product = create_product(draft=draft, now=now, by_name=by_name)
        else:
            product = update_product(product_id=product_id, draft=draft, version=version, now=now, by_name=by_name)
        _lay_in(product, draft, now=now, by_name=by_name)
    return product


def _lay_in(product: Product, draft: ProductDraft, *, now: datetime, by_name: str) -> None:
    opening = {sku.label: sku.opening_stock for sku in draft.skus if sku.sku_id is None}
    ids = dict(product.skus.filter(is_active=True, label__in=opening).values_list("label", "pk"))
    stocked = set(Stock.objects.filter(sku__in=ids.values()).values_list("sku_id", flat=True))
    # A SKU that was brought back keeps the stock it has: what is there is counted on the stock page
    counts = {ids[label]: opening[label] for label in opening if ids[label] not in stocked}
    set_counts(counts=counts, reason=gettext("新商品入库"), ref_id=None, by_name=by_name, now=now)
