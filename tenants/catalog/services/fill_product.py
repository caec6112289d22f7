"""The words of a draft, on a product's row."""

from datetime import datetime

from kit.ports.storage import public_url
from tenants.catalog.models import Product, ProductPicture
from tenants.catalog.rich_text import cleaned, plain_text
from tenants.catalog.services.drafts import ProductDraft
from tenants.catalog.services.labels import keep_brands
from tenants.catalog.services.search_words_of import set_search_words
from tenants.catalog.services.shelves import add_category

_SELLING = (
    "limit_per_order", "limit_per_day", "limit_lifetime", "min_quantity", "step_quantity", "lead_days",
    "sale_from", "sale_until", "sale_weekdays", "sale_time_from", "sale_time_until",
)  # fmt: skip


def fill_product(product: Product, draft: ProductDraft, *, now: datetime, by_name: str) -> None:
    """Copy a draft's words onto a product row, which the caller saves; a new category or brand is made here.

    :raises CategoryNameWrong, CategoryTooDeep:
    """
    product.title, product.subtitle, product.category_id = draft.title, draft.subtitle, draft.category_id
    if draft.new_category:
        product.category_id = add_category(name=draft.new_category).pk
    product.brand, product.origin, product.storage = draft.brand, draft.origin, draft.storage
    keep_brands([draft.brand])
    product.state = draft.state
    product.story = cleaned(draft.description, pictures=addresses_of(product))
    product.description = plain_text(product.story)
    product.parameters = [{"name": name, "value": value} for name, value in draft.parameters]
    product.spec_groups = [{"name": name, "values": list(values)} for name, values in draft.spec_groups]
    for name in _SELLING:
        setattr(product, name, getattr(draft.selling, name))
    set_search_words(product, codes=[sku.code for sku in draft.skus if sku.code])
    product.updated_at, product.updated_by = now, by_name


def addresses_of(product: Product) -> set[str]:
    """Say at which addresses a product's pictures are shown: those that its story may hold."""
    kept = ProductPicture.objects.filter(product=product, removed_at=None)
    return {public_url(key) for key in kept.values_list("file_key", flat=True)}
