"""From which batch an order line is served, and what is called back."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.inventory.models import Batch
from tenants.orders.models import OrderLine


class LineBatch(ScopedModel):
    """So many pieces of an order line come from this batch."""

    order_line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="batches")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="given")
    quantity = models.PositiveIntegerField()
    at = models.DateTimeField()
    reason = models.CharField(max_length=120, blank=True)  # when a person chose it against the rule
    by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="line_batch_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} {self.quantity}"


class RecallState(models.TextChoices):
    OPEN = "open", _("处理中")
    CLOSED = "closed", _("已结束")


class Recall(ScopedModel):
    """Goods called back: nobody gets them any more, who has them is told and refunded."""

    title = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=6, choices=RecallState.choices, default=RecallState.OPEN)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=60)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "-started_at"], name="recalls_by_state")]

    def __str__(self) -> str:
        return self.title


class RecalledBatch(ScopedModel):
    """A batch of a recall, and what lay of it in the warehouse at that moment."""

    recall = models.ForeignKey(Recall, on_delete=models.CASCADE, related_name="batches")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="recalls")
    left = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["recall", "batch"], name="batch_once_a_recall")]

    def __str__(self) -> str:
        return f"{self.batch_id}"


class RecalledLine(ScopedModel):
    """An order line that got pieces of a recalled batch."""

    recall = models.ForeignKey(Recall, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="recalls")
    quantity = models.PositiveIntegerField()
    was_handed = models.BooleanField(default=False)  # when the recall began
    refunded_minor = models.BigIntegerField(default=0)  # asked for, on its way or there
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recall", "order_line"], name="line_once_a_recall"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="recalled_something"),
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} {self.quantity}"
