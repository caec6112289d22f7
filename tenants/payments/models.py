"""Payments and refunds as state machines that know "we do not know yet"."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.orders.models import Order


class PaymentState(models.TextChoices):
    """created -> processing -> succeeded | failed | cancelled; a provider's silence is unknown, never failed."""

    CREATED = "created", _("待支付")
    PROCESSING = "processing", _("支付中")
    UNKNOWN = "unknown", _("结果未知")
    FAILED = "failed", _("支付失败")
    CANCELLED = "cancelled", _("已取消")
    SUCCEEDED = "succeeded", _("支付成功")


# A lower rank never overwrites a higher one, whatever order the news arrives in.
PAYMENT_RANK = {
    PaymentState.CREATED: 0,
    PaymentState.PROCESSING: 1,
    PaymentState.UNKNOWN: 2,
    PaymentState.FAILED: 3,
    PaymentState.CANCELLED: 4,
    PaymentState.SUCCEEDED: 5,
}
OPEN_PAYMENT_STATES = (PaymentState.CREATED, PaymentState.PROCESSING, PaymentState.UNKNOWN)


class Payment(ScopedModel):
    """One attempt to pay one order."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    attempt = models.PositiveSmallIntegerField()
    method = models.CharField(max_length=12)  # "sandbox", later "wechat", "alipay", ...
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=PaymentState.choices, default=PaymentState.CREATED)
    provider_ref = models.CharField(max_length=80, null=True, unique=True)
    key = models.CharField(max_length=80, unique=True)  # what we tell the provider, so that it charges once
    failure = models.CharField(max_length=120, blank=True)
    # The provider's word and ours disagree (amount, currency, a reference used before): a person must look, and
    # until then nothing is marked paid. It lies beside the state, so that news in any order gives one result.
    parked_at = models.DateTimeField(null=True)
    parked_reason = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)  # when the janitor asks the provider
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "attempt"], name="payment_attempt_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"],
                name="payments_to_look_at",
                condition=models.Q(state__in=["created", "processing", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.attempt} {self.state}"


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("待退款")
    SENT = "sent", _("退款中")
    UNKNOWN = "unknown", _("结果未知")
    SUCCEEDED = "succeeded", _("已退款")
    FAILED = "failed", _("退款失败")


class Refund(ScopedModel):
    """Money that goes back by the way it came."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=RefundState.choices, default=RefundState.REQUESTED)
    reason = models.CharField(max_length=120)
    key = models.CharField(max_length=80, unique=True)
    provider_ref = models.CharField(max_length=80, null=True, unique=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"],
                name="refunds_to_look_at",
                condition=models.Q(state__in=["requested", "sent", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} -{self.amount_minor}"


REFUND_RANK = {
    RefundState.REQUESTED: 0,
    RefundState.SENT: 1,
    RefundState.UNKNOWN: 2,
    RefundState.FAILED: 3,
    RefundState.SUCCEEDED: 4,
}
OPEN_REFUND_STATES = (RefundState.REQUESTED, RefundState.SENT, RefundState.UNKNOWN)


class SandboxCharge(ScopedModel):
    """The sandbox provider's own book: what it was asked to charge and what became of it.

    It plays a payment company inside the store, for trying a shop out before a real one is connected; our side
    reads it only through the sandbox adapter, as it would ask WeChat Pay.
    """

    key = models.CharField(max_length=80, unique=True)  # the payment's key
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=8, choices=[("open", "待支付"), ("paid", "已支付"), ("failed", "已失败")], default="open"
    )
    is_silent = models.BooleanField(default=False)  # "never answer": the notice is not sent
    refunded_minor = models.BigIntegerField(default=0)
    refunds = models.JSONField(default=dict)  # what went back, by the refund's key: each key is paid back once
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")),
                name="sandbox_refund_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
