"""Products with their SKUs, tags and pictures."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models.imports import CatalogImport
from tenants.catalog.models.shelves import Category, Tag

EVERY_DAY = 127  # a bit a weekday, Monday is 1


class ProductState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    ON_SALE = "on_sale", _("在售")
    OFF_SHELF = "off_shelf", _("已下架")


class Product(ScopedModel):
    """What the shopper sees as one thing; it is sold as one or more SKUs."""

    title = models.CharField(max_length=80)
    subtitle = models.CharField(max_length=120, blank=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="products")
    brand = models.CharField(max_length=40, blank=True)  # a Brand's name
    origin = models.CharField(max_length=40, blank=True)
    storage = models.CharField(max_length=10, blank=True)  # 常温, 冷藏, 冷冻
    description = models.TextField(blank=True)  # as text; with a story it is the story's words
    story = models.TextField(blank=True, default="", db_default="")  # safe HTML: catalog.rich_text
    parameters = models.JSONField(default=list)  # [{"name": "净含量", "value": "500g"}]
    state = models.CharField(max_length=10, choices=ProductState.choices, default=ProductState.ON_SALE)
    # [{"name": "口味", "values": ["原味", "辣"]}, ...], at most three; empty: its SKUs have labels alone
    spec_groups = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # what one person may buy of all its SKUs together; null: as much as there is
    limit_per_order = models.PositiveIntegerField(null=True)
    limit_per_day = models.PositiveIntegerField(null=True)
    limit_lifetime = models.PositiveIntegerField(null=True)
    min_quantity = models.PositiveIntegerField(default=1, db_default=1)
    step_quantity = models.PositiveIntegerField(default=1, db_default=1)
    lead_days = models.PositiveSmallIntegerField(default=0, db_default=0)  # from cut-off until it can be picked up
    # the window it is sold in; outside it is not offered
    sale_from = models.DateTimeField(null=True)
    sale_until = models.DateTimeField(null=True)
    sale_weekdays = models.PositiveSmallIntegerField(default=EVERY_DAY, db_default=EVERY_DAY)
    sale_time_from = models.TimeField(null=True)  # on the store's wall clock
    sale_time_until = models.TimeField(null=True)
    # an MP4 that was looked through box by box; empty key: there is none
    video_key = models.CharField(max_length=120, blank=True, default="", db_default="")
    video_millis = models.PositiveIntegerField(default=0, db_default=0)
    video_width = models.PositiveIntegerField(default=0, db_default=0)
    video_height = models.PositiveIntegerField(default=0, db_default=0)
    video_bytes = models.PositiveIntegerField(default=0, db_default=0)
    video_cover = models.UUIDField(null=True)  # one of its pictures; null or gone: the first of them
    search_text = models.TextField(blank=True)  # title and its pinyin, written by catalog.services
    # its letters by one, two and three, for the index; null: not cut yet, so the text is read
    search_grams = ArrayField(models.CharField(max_length=3), null=True)
    tags: "models.ManyToManyField[Tag, ProductTag]" = models.ManyToManyField(
        Tag, through="ProductTag", related_name="products"
    )
    version = models.PositiveIntegerField(default=1)  # a second editor is told, not overwritten
    made_by_import = models.ForeignKey(CatalogImport, null=True, on_delete=models.SET_NULL, related_name="products")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-updated_at", "id"], name="products_by_state"),
            models.Index(fields=["category", "-updated_at"], name="products_by_category"),
            models.Index(fields=["-updated_at", "id"], name="products_latest"),
            models.Index(fields=["title"], name="products_by_title"),
            models.Index(fields=["brand"], name="products_by_brand"),
            GinIndex(fields=["search_grams"], name="products_by_grams", fastupdate=False),
            models.Index(fields=["id"], name="products_uncut", condition=models.Q(search_grams__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class ProductTag(ScopedModel):
    """A tag on a product."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="tag_links")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="product_links")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["product", "tag"], name="tag_once_a_product")]


class ProductPicture(ScopedModel):
    """A picture, checked and re-encoded; ``file_key`` names the large one, beside which the small one lies."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    file_key = models.CharField(max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)  # may be taken back for a day, then the file goes too

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [
            models.Index(fields=["removed_at"], name="pictures_removed", condition=models.Q(removed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.file_key


class Sku(ScopedModel):
    """One sellable form of a product: its own price, cost and stock.

    Orders and campaigns may point at it for ever, so it is never deleted: one taken out has ``is_active`` false.
    A SKU with a ``base_sku`` has no stock of its own: one of it takes ``factor`` pieces of that SKU's stock.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    label = models.CharField(max_length=40)  # 规格: "500g/份"
    options = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # ["大", "红"], as groups
    code = models.CharField(max_length=40, null=True, unique=True)  # the merchant's own number or barcode
    price_minor = models.BigIntegerField()
    strike_minor = models.BigIntegerField(null=True)
    strike_source = models.CharField(max_length=60, blank=True, default="", db_default="")  # where that price is from
    member_price_minor = models.BigIntegerField(null=True)
    cost_minor = models.BigIntegerField(null=True)
    unit = models.CharField(max_length=6, blank=True, default="", db_default="")  # 箱, 份, 斤
    base_sku = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="larger_forms")
    factor = models.PositiveIntegerField(default=1, db_default=1)
    weight_grams = models.PositiveIntegerField(null=True)  # of one piece as it is carried
    limit_per_order = models.PositiveIntegerField(null=True)
    picture = models.ForeignKey(ProductPicture, null=True, on_delete=models.SET_NULL, related_name="+")
    # Weight goods: sold by an estimate, settled by what the scale says. price_minor is the price of the estimate.
    weighed_per_grams = models.PositiveIntegerField(null=True)  # 500 or 1000; null: sold by the piece
    weighed_price_minor = models.BigIntegerField(null=True)  # of so many grams
    estimated_grams = models.PositiveIntegerField(null=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "label"], name="sku_label_once", condition=models.Q(is_active=True)
            ),
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="sku_price_not_negative"),
            models.CheckConstraint(
                condition=models.Q(cost_minor__isnull=True) | models.Q(cost_minor__gte=0),
                name="sku_cost_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(factor__gte=1) & (models.Q(base_sku__isnull=False) | models.Q(factor=1)),
                name="sku_factor_of_a_base",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    weighed_per_grams__isnull=True, weighed_price_minor__isnull=True, estimated_grams__isnull=True
                )
                | models.Q(weighed_per_grams__gt=0, weighed_price_minor__gt=0, estimated_grams__gt=0),
                name="sku_weighed_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class PriceRecord(ScopedModel):
    """A SKU's prices from a moment on: what a strike-through price is measured by."""

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="price_records")
    price_minor = models.BigIntegerField()
    strike_minor = models.BigIntegerField(null=True)
    member_price_minor = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sku", "-at"], name="prices_of_sku")]
