"""Card money that goes back: refunds we ask for, and disputes that a cardholder's bank opens."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.collection import ChargeAttempt
from billing.models.credits import CreditNote
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
