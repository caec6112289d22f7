"""What was given back of orders: each decision, and what it took from each line."""

from typing import ClassVar

from django.db import models

from kit.tenancy.models import ScopedModel
from tenants.orders.models.orders import Order, OrderLine


class OrderRefund(ScopedModel):
    """One decision to give back: which lines, how much of them, by whom and why. Its money is payments.Refund."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    delivery_minor = models.BigIntegerField(default=0, db_default=0)  # of it: the fee for bringing
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=120)
    by_kind = models.CharField(max_length=10)  # as in the journal: member, leader, person, task
    by_name = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "key"], name="order_refund_once_a_key"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="order_refund_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["-at", "id"], name="order_refunds_latest")]

    def __str__(self) -> str:
        return f"{self.order_id} -{self.amount_minor}"


class LineRefund(ScopedModel):
    """What one such decision takes from one line: pieces, money, or both."""

    order_refund = models.ForeignKey(OrderRefund, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    quantity = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    withdrawn_quantity = models.PositiveIntegerField()  # of ``quantity``: never handed out
    returned_quantity = models.PositiveIntegerField()  # of ``quantity``: back in stock; the rest is lost
    kept_minor = models.BigIntegerField(default=0, db_default=0)  # by the shop, of what these pieces cost
    substitute_quantity = models.PositiveIntegerField(default=0, db_default=0)  # of ``quantity``: what came instead

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order_refund", "order_line"], name="line_once_a_refund"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="line_refund_not_negative"),
            models.CheckConstraint(
                condition=models.Q(
                    withdrawn_quantity__lte=models.F("quantity"), returned_quantity__lte=models.F("quantity")
                ),
                name="line_refund_parts_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} ×{self.quantity} -{self.amount_minor}"
