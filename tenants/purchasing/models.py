"""Who delivers, what was ordered, what came."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.catalog.models import Sku
from tenants.inventory.models import Batch, Warehouse


class SupplierState(models.TextChoices):
    ACTIVE = "active", _("合作中")
    STOPPED = "stopped", _("已停用")


class Supplier(ScopedModel):
    """Somebody who delivers goods."""

    name = models.CharField(max_length=60, unique=True)
    contact = models.CharField(max_length=30, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    terms = models.CharField(max_length=120, blank=True)  # when and how it is paid
    licence_no = models.CharField(max_length=40, blank=True)
    licence_expires_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=SupplierState.choices, default=SupplierState.ACTIVE)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "name"], name="suppliers_by_state")]

    def __str__(self) -> str:
        return self.name


class PurchaseState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SENT = "sent", _("待供应商确认")
    ACCEPTED = "accepted", _("供应商已确认")
    PARTLY = "partly", _("部分确认")
    ARRIVING = "arriving", _("到货中")
    RECEIVED = "received", _("已收齐")
    CLOSED = "closed", _("已关闭")


# What may still come
OPEN_STATES = (PurchaseState.SENT, PurchaseState.ACCEPTED, PurchaseState.PARTLY, PurchaseState.ARRIVING)


class PurchaseOrder(ScopedModel):
    """What is ordered from one supplier for one warehouse."""

    number = models.CharField(max_length=20, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="purchases")
    state = models.CharField(max_length=8, choices=PurchaseState.choices, default=PurchaseState.DRAFT)
    expected_on = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)  # by the supplier
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "-created_at"], name="purchases_by_state")]

    def __str__(self) -> str:
        return self.number


class PurchaseLine(ScopedModel):
    """One SKU of a purchase order."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="purchases")
    quantity = models.PositiveIntegerField()
    confirmed = models.PositiveIntegerField(null=True)  # what the supplier says will come
    received = models.PositiveIntegerField(default=0)  # good pieces, in stock
    damaged = models.PositiveIntegerField(default=0)  # came and was not taken
    cost_minor = models.BigIntegerField(null=True)  # a piece

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="purchase_of_something"),
            models.CheckConstraint(
                condition=models.Q(cost_minor__isnull=True) | models.Q(cost_minor__gte=0),
                name="purchase_cost_not_negative",
            ),
            models.UniqueConstraint(fields=["order", "sku"], name="purchased_once_an_order"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} ×{self.quantity}"

    @property
    def missing(self) -> int:
        """Say how many pieces are still to come."""
        return max(0, (self.quantity if self.confirmed is None else self.confirmed) - self.received - self.damaged)

    @property
    def over(self) -> int:
        """Say how many more came than were ordered."""
        return max(0, self.received + self.damaged - self.quantity)


class Delivery(ScopedModel):
    """What came of one line at one moment."""

    line = models.ForeignKey(PurchaseLine, on_delete=models.CASCADE, related_name="deliveries")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="deliveries")
    good = models.PositiveIntegerField()
    damaged = models.PositiveIntegerField(default=0)
    weight_grams = models.PositiveIntegerField(null=True)  # of all of it, as the scale said
    note = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=64, unique=True)  # of the form: a second click receives nothing
    at = models.DateTimeField()
    by_name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.good}"


class DeliveryPhoto(ScopedModel):
    """What it looked like at the door, for whoever speaks with the supplier about it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="photos")
    file_key = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.file_key
