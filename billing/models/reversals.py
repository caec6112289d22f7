"""Card money that goes back: refunds we ask for, disputes that a cardholder's bank opens, top-ups taken back."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.collection import ChargeAttempt
from billing.models.credits import CreditNote
from billing.models.wallet import TopUp
from kit.tenancy.models import ScopedModel


class RefundState(models.TextChoices):
    """created -> unknown | processing -> succeeded; a succeeded one may fail days later: the bank sent it back."""

    CREATED = "created", _("已发起")
    UNKNOWN = "unknown", _("结果未知")
    PROCESSING = "processing", _("退款中")
    SUCCEEDED = "succeeded", _("已退回")
    FAILED = "failed", _("退款失败")


REFUND_RANK = {
    RefundState.CREATED: 0,
    RefundState.UNKNOWN: 0,
    RefundState.PROCESSING: 1,
    RefundState.SUCCEEDED: 2,
    RefundState.FAILED: 3,
}
OPEN_REFUNDS = (RefundState.CREATED, RefundState.UNKNOWN, RefundState.PROCESSING)


class CardRefund(ScopedModel):
    """Part of a captured charge on its way back to the card: the n-th try of a credit note, or one of no note.

    All that are not failed never exceed the capture.
    """

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, null=True, related_name="refunds")
    attempt = models.ForeignKey(ChargeAttempt, on_delete=models.PROTECT, related_name="refunds")
    number = models.PositiveSmallIntegerField(default=1)  # of the tries of its credit note
    key = models.CharField(max_length=120, unique=True)  # what makes it happen once
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=RefundState.choices, default=RefundState.CREATED)
    gateway_ref = models.CharField(max_length=64, null=True, unique=True)
    failure = models.CharField(max_length=200, blank=True)
    is_ours = models.BooleanField(default=True)  # False: made at the card company's own desk, not by us
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credit_note"], condition=~Q(state="failed"), name="one_living_refund_a_credit_note"
            ),
            models.UniqueConstraint(fields=["credit_note", "number"], name="card_refund_try_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="card_refund_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"],
                name="card_refunds_to_look_at",
                condition=Q(state__in=["created", "unknown", "processing"]),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class DisputeState(models.TextChoices):
    WARNING = "warning", _("银行询问")
    NEEDS_RESPONSE = "needs_response", _("待举证")
    UNDER_REVIEW = "under_review", _("银行审理中")
    CLOSED = "closed", _("询问已关闭")
    WON = "won", _("胜诉")
    LOST = "lost", _("败诉")


class DisputeReason(models.TextChoices):
    """What banks give as the reason, in the card company's words; others are shown as they are told."""

    FRAUDULENT = "fraudulent", _("持卡人否认这笔交易")
    DUPLICATE = "duplicate", _("重复扣款")
    CANCELLED = "subscription_canceled", _("已退订仍扣款")
    UNACCEPTABLE = "product_unacceptable", _("服务与描述不符")
    NOT_RECEIVED = "product_not_received", _("没有得到服务")
    CREDIT = "credit_not_processed", _("退款没有到账")
    UNRECOGNIZED = "unrecognized", _("持卡人不认识这笔扣款")
    GENERAL = "general", _("其他原因")


DISPUTE_RANK = {
    DisputeState.WARNING: 0,
    DisputeState.NEEDS_RESPONSE: 1,
    DisputeState.UNDER_REVIEW: 2,
    DisputeState.CLOSED: 3,
    DisputeState.WON: 4,
    DisputeState.LOST: 4,
}
OPEN_DISPUTES = (DisputeState.WARNING, DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW)


class Dispute(ScopedModel):
    """A cardholder's bank wants, or took, a charge back. Money moves by what the bank did, not by its words."""

    attempt = models.ForeignKey(ChargeAttempt, on_delete=models.PROTECT, related_name="disputes")
    gateway_ref = models.CharField(max_length=64, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=DisputeState.choices)
    due_by = models.DateTimeField(null=True)
    withdrawn_minor = models.BigIntegerField(default=0)  # taken from our balance, without the fee
    returned_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)  # what the bank charged us for disputing
    fee_returned_minor = models.BigIntegerField(default=0)
    evidence = models.JSONField(default=dict)  # {"explanation", "email", "files": {box: {"key", "suffix", "ref"}}}
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.CharField(max_length=254, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "due_by"], name="disputes_by_state")]

    def __str__(self) -> str:
        return self.gateway_ref

    @property
    def reason_said(self) -> str:
        """The bank's reason in words."""
        known = self.reason in DisputeReason.values
        return str(DisputeReason(self.reason).label) if known else self.reason


class TopUpReversalKind(models.TextChoices):
    DISPUTE = "dispute", _("持卡人争议")
    REFUND = "refund", _("在支付公司后台退款")


class TopUpReversalState(models.TextChoices):
    """open -> gone | returned; what is gone may come back when a bank cannot credit the card."""

    OPEN = "open", _("处理中")
    GONE = "gone", _("已退给持卡人")
    RETURNED = "returned", _("已退还钱包")


TOP_UP_REVERSAL_RANK = {TopUpReversalState.OPEN: 0, TopUpReversalState.GONE: 1, TopUpReversalState.RETURNED: 2}


class TopUpReversal(ScopedModel):
    """A wallet's top-up that a bank, or a person at the card company's own desk, takes back.

    What is still in the top-up's lot leaves it; what was spent already is owed to us (a dispute) or lost (a refund).
    """

    top_up = models.ForeignKey(TopUp, on_delete=models.PROTECT, related_name="reversals")
    kind = models.CharField(max_length=7, choices=TopUpReversalKind.choices)
    state = models.CharField(max_length=8, choices=TopUpReversalState.choices, default=TopUpReversalState.OPEN)
    gateway_ref = models.CharField(max_length=64, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=40, blank=True)
    due_by = models.DateTimeField(null=True)  # for evidence, which is given at the card company's desk
    withdrawn_minor = models.BigIntegerField(default=0)  # taken from our balance, without the fee
    from_lot_minor = models.BigIntegerField(default=0)  # of that: was in the wallet still
    returned_minor = models.BigIntegerField(default=0)
    to_lot_minor = models.BigIntegerField(default=0)  # of that: is in the wallet again
    fee_minor = models.BigIntegerField(default=0)
    fee_returned_minor = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    amount_minor__gt=0,
                    to_lot_minor__gte=0,
                    to_lot_minor__lte=models.F("from_lot_minor"),
                    from_lot_minor__lte=models.F("withdrawn_minor"),
                    returned_minor__gte=models.F("to_lot_minor"),
                    returned_minor__lte=models.F("withdrawn_minor"),
                ),
                name="top_up_reversal_adds_up",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-opened_at"], name="top_up_reversals_latest")]

    def __str__(self) -> str:
        return self.gateway_ref

    @property
    def owed_minor(self) -> int:
        """What was spent already when the money went, less what came back for it."""
        return self.withdrawn_minor - self.from_lot_minor - (self.returned_minor - self.to_lot_minor)

    @property
    def reason_said(self) -> str:
        """The bank's reason in words."""
        known = self.reason in DisputeReason.values
        return str(DisputeReason(self.reason).label) if known else self.reason
