"""Discounts that an operator promises on a merchant's next invoice, with a second person."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.invoices import Invoice, LineKind
from kit.tenancy.models import ScopedModel


class FavourOn(models.TextChoices):
    """Which lines of the next invoice it is taken off."""

    PLAN = LineKind.SUBSCRIPTION.value, _("套餐费")
    ADD_ON = LineKind.ADD_ON.value, _("增购")
    FEE = LineKind.FEE.value, _("交易费")


class Favour(ScopedModel):
    """A share of, or a sum off, one kind of lines of one invoice: the next that has such lines."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="favours")
    on = models.CharField(max_length=12, choices=FavourOn.choices)
    percent_ppm = models.PositiveIntegerField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    key = models.UUIDField(unique=True)  # of the form it was typed into: a double click asks once
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField()
    approved_by = models.CharField(max_length=254, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="favours")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent_ppm__gt=0, percent_ppm__lte=1_000_000, amount_minor__isnull=True)
                | Q(percent_ppm__isnull=True, amount_minor__gt=0),
                name="a_favour_is_a_share_or_a_sum",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("requested_by")), name="a_favour_by_two_people"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["billing_account", "-requested_at"], name="favours_of_account")]

    def __str__(self) -> str:
        return f"favour on {self.on} of {self.billing_account_id}"

    @property
    def is_waiting(self) -> bool:
        """Whether it may still be approved or taken back."""
        return self.approved_at is None and self.withdrawn_at is None
