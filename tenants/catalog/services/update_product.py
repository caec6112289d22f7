"""Changing a product, unless somebody else just did."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from control.merchants.limits import keep_within_limit
from kit.errors import Kind, Refused
from kit.tenancy import current_store
from tenants.catalog.models import Product, ProductState
from tenants.catalog.selectors import ProductMissing, skus_counted
from tenants.catalog.services.check_draft import check_draft
from tenants.catalog.services.drafts import ProductDraft
from tenants.catalog.services.fill_product import fill_product
from tenants.catalog.services.labels import hang_tags
from tenants.catalog.services.price_history import note_prices, prices_of
from tenants.catalog.services.write_skus import write_skus
from tenants.journal.services import Actor, record


class ChangedMeanwhile(Refused):
    """Somebody saved this product after it was opened. Facts: ``by_name``, ``at``, ``version``."""

    code, kind, sentence = "changed_meanwhile", Kind.CONFLICT, _("别人刚改过这个商品。")


def update_product(*, product_id: UUID, draft: ProductDraft, version: int, now: datetime, by_name: str) -> Product:
    """Write what was edited, if the product is still the ``version`` that was opened.

    :raises ProductMissing, ChangedMeanwhile, NoSku, DraftRefused, TooManyTags, StrangeSku, PlanLimitReached:
    """
    store = current_store()
    with transaction.atomic():
        product = Product.objects.select_for_update().filter(pk=product_id).first()
        if product is None:
            raise ProductMissing
        if product.version != version:
            raise ChangedMeanwhile(by_name=product.updated_by, at=product.updated_at, version=product.version)
        check_draft(draft, currency=store.currency)
        _check_limit(product, draft)
        before = {sku.label: sku.price_minor for sku in product.skus.filter(is_active=True)}
        former, since = prices_of([product.pk]), product.created_at
        fill_product(product, draft, now=now, by_name=by_name)
        product.version += 1
        product.save()
        write_skus(product=product, drafts=draft.skus)
        hang_tags(product=product, tag_ids=draft.tag_ids)
        note_prices(skus=product.skus.filter(is_active=True), former=former, since=since, now=now, by_name=by_name)
        prices = {
            sku.label: [before[sku.label], sku.price_minor]
            for sku in draft.skus
            if before.get(sku.label, sku.price_minor) != sku.price_minor
        }
        actor = Actor(kind="person", id="", name=by_name)
        record(what="product.changed", subject=product, at=now, actor=actor, prices=prices)
    return product


def _check_limit(product: Product, draft: ProductDraft) -> None:
    counted_now = product.skus.filter(is_active=True).count() if product.state != ProductState.OFF_SHELF else 0
    counted_then = len(draft.skus) if draft.state != ProductState.OFF_SHELF else 0
    if counted_then > counted_now:
        keep_within_limit(
            merchant_id=current_store().merchant_id,
            what="skus",
            used=skus_counted(),
            adding=counted_then - counted_now,
        )
