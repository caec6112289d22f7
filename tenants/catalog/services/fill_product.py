"""The words of a draft, on a product's row."""

from datetime import datetime

from tenants.catalog.models import Product
from tenants.catalog.search_words import search_text
from tenants.catalog.services.add_category import add_category
from tenants.catalog.services.drafts import ProductDraft


def fill_product(product: Product, draft: ProductDraft, *, now: datetime, by_name: str) -> None:
    """Copy a draft's words onto a product row, which the caller saves; a new category is made here.

    :raises CategoryNameWrong:
    """
    product.title, product.subtitle, product.category_id = draft.title, draft.subtitle, draft.category_id
    if draft.new_category:
        product.category_id = add_category(name=draft.new_category).pk
    product.brand, product.origin, product.storage = draft.brand, draft.origin, draft.storage
    product.description, product.state = draft.description, draft.state
    product.parameters = [{"name": name, "value": value} for name, value in draft.parameters]
    codes = [sku.code for sku in draft.skus if sku.code]
    product.search_text = search_text(title=draft.title, others=[draft.subtitle, draft.brand, *codes])
    product.updated_at, product.updated_by = now, by_name
