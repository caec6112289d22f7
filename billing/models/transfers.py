"""Money that comes by bank: what a merchant says it sent, with proof, and what operators matched it to."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.invoices import Invoice
from kit.tenancy.models import ScopedModel


class TransferState(models.TextChoices):
    """submitted -> matched -> accepted; below the limit one person does both; submitted | matched -> rejected."""

    SUBMITTED = "submitted", _("待核对")
    MATCHED = "matched", _("待复核")
    ACCEPTED = "accepted", _("已入账")
    REJECTED = "rejected", _("未通过")


class BankTransfer(ScopedModel):
    """One transfer a merchant told us of. Nothing is paid by it until it is accepted."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="transfers")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=60)  # the bank's own number
    paid_on = models.DateField()
    proof_key = models.CharField(max_length=160)  # a file in the merchant's own folder
    proof_suffix = models.CharField(max_length=5)
    state = models.CharField(max_length=10, choices=TransferState.choices, default=TransferState.SUBMITTED)
    submitted_by = models.CharField(max_length=254)
    submitted_at = models.DateTimeField()
    matched_by = models.CharField(max_length=254, blank=True)
    matched_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)  # why it was rejected

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_positive"),
            models.UniqueConstraint(
                fields=["reference", "amount_minor", "paid_on"],
                condition=~Q(state="rejected"),
                name="one_transfer_a_reference",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-submitted_at"], name="bank_transfers_by_state"),
            models.Index(fields=["billing_account", "-submitted_at"], name="transfers_of_account"),
        ]

    def __str__(self) -> str:
        return self.reference


class TransferMatch(ScopedModel):
    """Which part of a transfer pays which invoice; what is left over becomes the account's credit."""

    transfer = models.ForeignKey(BankTransfer, on_delete=models.PROTECT, related_name="matches")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="transfer_matches")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transfer", "invoice"], name="one_match_an_invoice"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="match_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.transfer_id}"
