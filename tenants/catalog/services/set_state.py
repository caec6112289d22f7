"""Putting products on the shelf and taking them off."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from control.merchants.limits import keep_within_limit
from kit.tenancy import current_store
from tenants.catalog.models import Product, ProductState, Sku
from tenants.catalog.selectors import skus_counted
from tenants.journal.services import Actor, record


def set_state(*, product_ids: Sequence[UUID], state: ProductState, now: datetime, by_name: str) -> dict[UUID, str]:
    """Give these products a state and return the former state of each that changed; ids not found are passed over.

    A running group buy keeps what it already offers: taking a product off the shelf keeps it out of new ones.

    :raises PlanLimitReached:
    """
    with transaction.atomic():
        found = Product.objects.select_for_update().filter(pk__in=product_ids).exclude(state=state).order_by("pk")
        products = list(found)
        _check_limit(products, state)
        former = {product.pk: str(product.state) for product in products}
        for product in products:
            product.state, product.version = state, product.version + 1
            product.updated_at, product.updated_by = now, by_name
        Product.objects.bulk_update(products, ["state", "version", "updated_at", "updated_by"])
        for product in products:
            actor = Actor(kind="person", id="", name=by_name)
            record(what=f"product.{state}", subject=product, at=now, actor=actor, former=former[product.pk])
    return former


def _check_limit(products: Sequence[Product], state: ProductState) -> None:
    if state == ProductState.OFF_SHELF:
        return
    coming_back = [product.pk for product in products if product.state == ProductState.OFF_SHELF]
    adding = Sku.objects.filter(product__in=coming_back, is_active=True).count()
    if adding:
        keep_within_limit(merchant_id=current_store().merchant_id, what="skus", used=skus_counted(), adding=adding)
