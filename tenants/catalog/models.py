"""Products with their SKUs and pictures, and the spreadsheets they came from."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel


class Category(ScopedModel):
    name = models.CharField(max_length=30, unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class ProductState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    ON_SALE = "on_sale", _("在售")
    OFF_SHELF = "off_shelf", _("已下架")


class Product(ScopedModel):
    """What the shopper sees as one thing; it is sold as one or more SKUs."""

    title = models.CharField(max_length=80)
    subtitle = models.CharField(max_length=120, blank=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="products")
    brand = models.CharField(max_length=40, blank=True)
    origin = models.CharField(max_length=40, blank=True)
    storage = models.CharField(max_length=10, blank=True)  # 常温, 冷藏, 冷冻
    description = models.TextField(blank=True)
    parameters = models.JSONField(default=list)  # [{"name": "净含量", "value": "500g"}]
    state = models.CharField(max_length=10, choices=ProductState.choices, default=ProductState.ON_SALE)
    search_text = models.TextField(blank=True)  # title and its pinyin, written by catalog.services
    version = models.PositiveIntegerField(default=1)  # a second editor is told, not overwritten
    made_by_import = models.ForeignKey("CatalogImport", null=True, on_delete=models.SET_NULL, related_name="products")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "-updated_at", "id"], name="products_by_state"),
            models.Index(fields=["category", "-updated_at"], name="products_by_category"),
            models.Index(fields=["-updated_at", "id"], name="products_latest"),
            models.Index(fields=["title"], name="products_by_title"),
        ]

    def __str__(self) -> str:
        return self.title


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
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    label = models.CharField(max_length=40)  # 规格: "500g/份"
    code = models.CharField(max_length=40, null=True, unique=True)  # the merchant's own number or barcode
    price_minor = models.BigIntegerField()
    strike_minor = models.BigIntegerField(null=True)
    cost_minor = models.BigIntegerField(null=True)
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
        ]

    def __str__(self) -> str:
        return self.label


class ColumnMapping(ScopedModel):
    """How a foreign spreadsheet's columns become ours: answered once, remembered by the sheet's head row."""

    head_fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    columns = models.JSONField()  # {"title": 1, "category": 0, "cost": 5, ...}: our word, the column's number from 0
    rules = models.JSONField(default=dict)  # see import_goods.columns.Rules
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("待确认列")
    CHECKED = "checked", _("待导入")
    RUNNING = "running", _("导入中")
    DONE = "done", _("已导入")
    REFUSED = "refused", _("有错误，未导入")
    UNDONE = "undone", _("已撤销")


class CatalogImport(ScopedModel):
    """One upload of goods: all of it arrives, or none."""

    file_key = models.CharField(max_length=120)
    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    columns = models.JSONField(default=dict)  # as in ColumnMapping
    rules = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    rows_wrong = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)  # SKUs; expected after the check, real after the run
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    remarks = models.JSONField(default=list)  # [[row, sentence], ...]: what we read differently than it was written
    problems_key = models.CharField(max_length=120, blank=True)  # the same file with the reasons beside the rows
    by_name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], name="one_import_at_a_time", condition=models.Q(state=ImportState.RUNNING)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="imports_latest")]

    def __str__(self) -> str:
        return self.file_name
