"""The card company's own list of money movements beside ours, and every difference between the two."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from kit.tenancy.models import ScopedModel


class GatewayMovement(ScopedModel):
    """One line of the card company's balance, as told, once."""

    gateway_ref = models.CharField(max_length=64, unique=True)
    category = models.CharField(max_length=40)  # charge, refund, refund_failure, dispute, dispute_reversal, payout
    source_ref = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payout_ref = models.CharField(max_length=64, blank=True)
    billing_account = models.ForeignKey(
        BillingAccount, null=True, on_delete=models.PROTECT, related_name="gateway_movements"
    )
    subject_id = models.UUIDField(null=True)  # our attempt, refund or dispute; null: nothing of ours
    occurred_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-occurred_at"], name="movements_latest"),
            models.Index(fields=["subject_id"], name="movements_of_subject"),
            models.Index(fields=["payout_ref"], name="movements_of_payout"),
        ]

    def __str__(self) -> str:
        return self.gateway_ref

    @property
    def net_minor(self) -> int:
        """What it moved our balance by."""
        return self.amount_minor - self.fee_minor


class Payout(ScopedModel):
    """Money the card company sent to our bank."""

    gateway_ref = models.CharField(max_length=64, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    arrived_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.gateway_ref


class PayoutShare(ScopedModel):
    """The part of a payout that one payer's movements make: what leaves that payer's clearing account."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="shares")
    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="payout_shares")
    amount_minor = models.BigIntegerField()  # may be below zero: refunds and disputes alone

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["payout", "billing_account"], name="one_payout_share")]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.payout_id}"


class ReconciliationRun(ScopedModel):
    """One comparison. An interrupted one has no end; the next begins at the same place and repeats nothing."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    read_from = models.DateTimeField()
    movements = models.PositiveIntegerField(default=0)  # read in this run
    fresh = models.PositiveIntegerField(default=0)  # of them not seen before
    differences = models.PositiveIntegerField(default=0)  # open at its end

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="reconciliations_latest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class Company(models.TextChoices):
    """Whose list it is."""

    STRIPE = "stripe", "Stripe"
    WECHAT = "wechat", _("微信支付")
    ALIPAY = "alipay", _("支付宝")


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing_here", _("我们没有")
    MISSING_THERE = "missing_there", _("支付公司没有")
    AMOUNT_MISMATCH = "amount_mismatch", _("金额不一致")
    FEE_MISMATCH = "fee_mismatch", _("手续费不一致")
    CLEARING = "clearing", _("到账后在途不为零")


class DifferenceState(models.TextChoices):
    OPEN = "open", _("待处理")
    EXPLAINED = "explained", _("已说明")
    RESOLVED = "resolved", _("已消除")


class Difference(ScopedModel):
    """One thing on which the two lists disagree. It resolves itself when a later run finds them equal."""

    company = models.CharField(max_length=8, choices=Company.choices, default=Company.STRIPE)
    kind = models.CharField(max_length=16, choices=DifferenceKind.choices)
    subject = models.CharField(max_length=80)  # the movement's or our own reference
    state = models.CharField(max_length=10, choices=DifferenceState.choices, default=DifferenceState.OPEN)
    ours_minor = models.BigIntegerField(null=True)
    theirs_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    billing_account = models.ForeignKey(BillingAccount, null=True, on_delete=models.PROTECT, related_name="differences")
    found_at = models.DateTimeField()
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=~Q(state="resolved"), name="cash_difference_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-found_at"], name="cash_differences_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class CompanyStatement(ScopedModel):
    """WeChat Pay's or Alipay's statement of one day of the platform's own account, read once or as often as tried."""

    company = models.CharField(max_length=8, choices=Company.choices)
    day = models.DateField()  # China's
    read_at = models.DateTimeField()
    trouble = models.CharField(max_length=120, blank=True)  # why it could not be read; empty: it was
    lines_read = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "day"], name="a_days_statement_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["-day", "company"], name="company_statements_latest")]

    def __str__(self) -> str:
        return f"{self.company} {self.day}"


class CompanyLine(ScopedModel):
    """One movement on a statement, as told, once."""

    statement = models.ForeignKey(CompanyStatement, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=6)  # charge, refund
    key = models.CharField(max_length=64)
    provider_ref = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    billing_account = models.ForeignKey(BillingAccount, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "kind", "key"], name="a_statements_line_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "key"], name="company_lines_by_key")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
