"""What headquarters and a partner share of the partner's orders, and the month's statement of it."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billing.models.agreements import BillingAccount
from billing.models.metering import RatedFee
from billing.models.payers import PayerLink
from kit.tenancy.models import ScopedModel


class ShareStatement(ScopedModel):
    """One month of one link. Final when issued; only its payment is noted later. Rows are only ever added to it."""

    link = models.ForeignKey(PayerLink, on_delete=models.PROTECT, related_name="statements")
    payer = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="statements_given")
    partner = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="statements_got")
    number = models.CharField(max_length=24, unique=True)
    month_starts_at = models.DateTimeField()
    month_ends_at = models.DateTimeField()  # exclusive
    currency = models.CharField(max_length=3)
    orders_minor = models.BigIntegerField()
    platform_fee_minor = models.BigIntegerField()
    channel_fee_minor = models.BigIntegerField()
    payer_minor = models.BigIntegerField()
    partner_minor = models.BigIntegerField()
    carried_minor = models.BigIntegerField(default=0)  # below zero from the statement before
    due_minor = models.BigIntegerField()  # what is paid out; below zero it is carried on
    issued_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    paid_by = models.CharField(max_length=254, blank=True)
    paid_reference = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering: ClassVar = ["-month_starts_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "month_starts_at"], name="one_share_statement_a_month"),
            models.CheckConstraint(
                condition=Q(due_minor=F("partner_minor") + F("carried_minor")), name="share_due_true"
            ),
            models.CheckConstraint(
                condition=Q(
                    orders_minor=F("platform_fee_minor")
                    + F("channel_fee_minor")
                    + F("payer_minor")
                    + F("partner_minor")
                ),
                name="share_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def last_moment(self) -> datetime:
        """The last instant it is for: the end is exclusive, and a page names the last day."""
        ended: datetime = self.month_ends_at
        return ended - timedelta(microseconds=1)

    @property
    def is_payable(self) -> bool:
        """Whether money is to be paid out for it still."""
        return self.due_minor > 0 and self.paid_at is None


class PartnerShare(ScopedModel):
    """What one order, or one refund of it, changed in what the two have of it. Rows are only ever added."""

    fee = models.OneToOneField(RatedFee, on_delete=models.PROTECT, related_name="share")
    link = models.ForeignKey(PayerLink, on_delete=models.PROTECT, related_name="shares")
    order_key = models.CharField(max_length=120)  # of the order's event, on its refunds too
    occurred_at = models.DateTimeField()
    order_minor = models.BigIntegerField()
    platform_fee_minor = models.BigIntegerField()
    channel_fee_minor = models.BigIntegerField()
    payer_minor = models.BigIntegerField()
    partner_minor = models.BigIntegerField()
    statement = models.ForeignKey(ShareStatement, null=True, on_delete=models.PROTECT, related_name="shares")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    order_minor=F("platform_fee_minor") + F("channel_fee_minor") + F("payer_minor") + F("partner_minor")
                ),
                name="an_order_is_shared_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["link", "order_key"], name="shares_of_order"),
            models.Index(fields=["link", "occurred_at"], name="shares_to_state", condition=Q(statement__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.partner_minor} of {self.order_key}"
