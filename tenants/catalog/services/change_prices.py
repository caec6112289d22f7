"""Changing many prices at once: shown first, then done, and undone by the same story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kit.errors import Kind, Refused
from kit.money import PPM, round_half_away
from kit.tenancy import current_store
from tenants.catalog.models import Product, Sku
from tenants.catalog.pricing import price_from
from tenants.catalog.services.price_history import note_prices
from tenants.journal.services import Actor, record


@dataclass(frozen=True)
class PriceChange:
    """One SKU's price before and after, in minor units."""

    sku_id: UUID
    title: str
    label: str
    was_minor: int
    price_minor: int


class PricesMoved(Refused):
    """A price changed between the preview and the press of the button; nothing was written."""

    code, kind, sentence = "prices_moved", Kind.CONFLICT, _("有商品的价格刚被别人改过，请重新预览一次。")


class PriceTooLow(Refused):
    """The percentage would make something free."""

    code, kind, sentence = "price_too_low", Kind.INVALID, _("降得太多了，有商品会变成 0 元。")


def price_changes(*, product_ids: Sequence[UUID], percent_ppm: int, ending: str) -> list[PriceChange]:
    """Work out what a percentage would do to these products' prices; writes nothing. :raises PriceTooLow:"""
    currency = current_store().currency
    skus = Sku.objects.filter(product__in=product_ids, is_active=True).select_related("product")
    changes = [
        PriceChange(
            sku.pk,
            sku.product.title,
            sku.label,
            sku.price_minor,
            price_from(sku.price_minor, percent_ppm=percent_ppm, ending=ending, currency=currency),
        )
        for sku in skus.order_by("product__title", "product_id", "position", "pk")
    ]
    if percent_ppm <= -PPM or any(change.price_minor <= 0 for change in changes):
        raise PriceTooLow(fields={"percent": [PriceTooLow.sentence]})
    return [change for change in changes if change.price_minor != change.was_minor]


def change_prices(*, changes: Sequence[PriceChange], now: datetime, by_name: str) -> int:
    """Write prices that still are what the preview showed, all of them or none; says how many.

    Prices of running group buys are their own and do not move.

    :raises PricesMoved:
    """
    with transaction.atomic(durable=True):
        wanted = Sku.objects.filter(pk__in=[change.sku_id for change in changes])
        # Products before their SKUs, as the editor and the import take them: else two of them wait for each other
        products = list(Product.objects.select_for_update().filter(pk__in=wanted.values("product_id")).order_by("pk"))
        skus = wanted.select_for_update().order_by("pk")
        by_id = {sku.pk: sku for sku in skus}
        former = {sku.pk: (sku.price_minor, sku.strike_minor, sku.member_price_minor) for sku in skus}
        for change in changes:
            sku = by_id.get(change.sku_id)
            if sku is None or sku.price_minor != change.was_minor:
                raise PricesMoved
            sku.price_minor = change.price_minor
            if sku.weighed_per_grams:  # the estimate's price follows from the price by weight
                _reprice_by_weight(sku, change)
        Sku.objects.bulk_update(by_id.values(), ["price_minor", "weighed_price_minor"])
        note_prices(skus=by_id.values(), former=former, since=None, now=now, by_name=by_name)
        _touch_products(products, by_id, changes, now=now, by_name=by_name)
    return len(by_id)


def _reprice_by_weight(sku: Sku, change: PriceChange) -> None:
    exact = Fraction(change.price_minor * (sku.weighed_per_grams or 0), sku.estimated_grams or 1)
    sku.weighed_price_minor = max(1, round_half_away(exact))


def _touch_products(
    products: Sequence[Product],
    by_id: dict[UUID, Sku],
    changes: Sequence[PriceChange],
    *,
    now: datetime,
    by_name: str,
) -> None:
    for product in products:
        product.version, product.updated_at, product.updated_by = product.version + 1, now, by_name
        prices = {
            change.label: [change.was_minor, change.price_minor]
            for change in changes
            if by_id[change.sku_id].product_id == product.pk
        }
        actor = Actor(kind="person", id="", name=by_name)
        record(what="product.repriced", subject=product, at=now, actor=actor, prices=prices)
    Product.objects.bulk_update(products, ["version", "updated_at", "updated_by"])
