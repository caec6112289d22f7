"""What was paid ahead, day by day becoming revenue."""

from typing import ClassVar

from django.db import models

from billing.models.agreements import BillingAccount
from billing.models.invoices import InvoiceLine
from billing.models.ledger import Book
from kit.tenancy.models import ScopedModel


class LineRevenue(ScopedModel):
    """How far one prepaid line is delivered. Days are the payer's own."""

    line = models.OneToOneField(InvoiceLine, on_delete=models.PROTECT, related_name="revenue")
    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="line_revenues")
    book = models.CharField(max_length=20, choices=Book.choices)
    amount_minor = models.BigIntegerField()  # what its invoice put into deferred revenue; negative gives back
    starts_on = models.DateField()
    ends_on = models.DateField()  # exclusive
    delivered_minor = models.BigIntegerField(default=0)
    taken_minor = models.BigIntegerField(default=0)  # given back since
    through = models.DateField()  # exclusive: the days before it are delivered
    is_done = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["billing_account"], name="revenue_to_come", condition=models.Q(is_done=False)),
        ]

    def __str__(self) -> str:
        return f"{self.delivered_minor} of {self.amount_minor}"


class RevenueDay(ScopedModel):
    """What one payer's prepaid lines earned on one day, posted once."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="revenue_days")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    subscription_minor = models.BigIntegerField()
    add_on_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["billing_account", "day"], name="a_day_is_earned_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.subscription_minor + self.add_on_minor}"
