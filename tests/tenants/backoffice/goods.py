"""What the tests of the products' pages share: a form filled in well, products on the shelf, a plan's limit."""

import re
from typing import Any

from control.merchants.models import Merchant
from kit.tenancy import StoreRef, in_control, in_store
from tenants.catalog.models import Product
from tenants.catalog.search_words import search_text
from tests.tenants.shelf import a_sku

LIST = "/backoffice/products"
GOOD: dict[str, Any] = {
    "title": "烟台红富士苹果",
    "subtitle": "脆甜多汁",
    "new_category": "水果",
    "state": "on_sale",
    "sku-TOTAL_FORMS": "2",
    "sku-INITIAL_FORMS": "0",
    "sku-0-label": "500g/份",
    "sku-0-price": "12.9",
    "sku-0-cost": "8",
    "sku-0-stock": "30",
    "sku-0-code": "FJ500",
    "sku-1-label": "5斤/箱",
    "sku-1-price": "59",
    "sku-1-strike": "69",
    "parameter-TOTAL_FORMS": "1",
    "parameter-INITIAL_FORMS": "0",
    "parameter-0-name": "净含量",
    "parameter-0-value": "500g",
}


def a_product(store: StoreRef, **fields: Any) -> Product:
    with in_store(store):
        sku = a_sku(**fields)
        Product.objects.filter(pk=sku.product_id).update(search_text=search_text(title=sku.product.title))
        return sku.product


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def limit_skus(store: StoreRef, most: int) -> None:
    with in_control():
        Merchant.objects.filter(pk=store.merchant_id).update(limits={"skus": most})
