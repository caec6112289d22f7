"""A new product."""

from datetime import datetime

from django.db import transaction

from control.merchants.limits import keep_within_limit
from kit.tenancy import current_store
from tenants.catalog.models import Product
from tenants.catalog.selectors import skus_counted
from tenants.catalog.services.check_draft import check_draft
from tenants.catalog.services.drafts import ProductDraft
from tenants.catalog.services.fill_product import fill_product
from tenants.catalog.services.labels import hang_tags
from tenants.catalog.services.price_history import note_prices
from tenants.catalog.services.write_skus import write_skus
from tenants.journal.services import Actor, record


def create_product(*, draft: ProductDraft, now: datetime, by_name: str) -> Product:
    """Write a new product with its SKUs; opening stock is inventory's story ``save_stocked_product``.

    :raises NoSku, DraftRefused, TooManyTags, CategoryNameWrong, CategoryTooDeep, PlanLimitReached:
    """
    store = current_store()
    keep_within_limit(merchant_id=store.merchant_id, what="skus", used=skus_counted(), adding=len(draft.skus))
    with transaction.atomic():
        check_draft(draft, currency=store.currency)
        product = Product(created_at=now)
        fill_product(product, draft, now=now, by_name=by_name)
        product.save()
        write_skus(product=product, drafts=draft.skus)
        hang_tags(product=product, tag_ids=draft.tag_ids)
        note_prices(skus=product.skus.all(), former={}, since=now, now=now, by_name=by_name)
        actor = Actor(kind="person", id="", name=by_name)
        record(what="product.created", subject=product, at=now, actor=actor, title=product.title)
    return product
