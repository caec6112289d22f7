"""Payments and refunds as state machines that know "we do not know yet"."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.members.models import Member
from tenants.orders.models import Checkout, Order, OrderRefund
from tenants.payments.ways import PROVIDER_LABELS, WAYS


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
    """One attempt to pay one order, or all orders of a checkout at once.

    A joint one is what the provider knows. When its money comes it is divided: each order gets a payment of its own,
    ``part_of`` the joint one, and from there on pays, is given back and is booked like any other order.
    """

    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="payments")
    checkout = models.ForeignKey(Checkout, null=True, on_delete=models.PROTECT, related_name="payments", db_index=False)
    covers = models.JSONField(null=True)  # of a joint one: the orders it was begun for, by id, with their amounts
    part_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts", db_index=False)
    attempt = models.PositiveSmallIntegerField()
    method = models.CharField(max_length=20)  # a way of tenants.payments.ways: "wechat_h5", "balance", ...
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
    opened = models.JSONField(null=True)  # where the shopper pays: redirect_url, qr or jsapi, as first answered
    provider_handle = models.CharField(
        max_length=120, blank=True, default="", db_default=""
    )  # the provider's name for the open charge, if any
    # What is promised or given back; changed by one guarded UPDATE, so that no two refunds together exceed the payment
    refunding_minor = models.BigIntegerField(default=0, db_default=0)
    is_deposit = models.BooleanField(default=False, db_default=False)  # of a presale; the balance is another payment

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "attempt"], name="payment_attempt_once"),
            models.UniqueConstraint(
                fields=["checkout", "attempt"],
                name="payment_attempt_once_a_checkout",
                condition=models.Q(checkout__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(order__isnull=False, checkout__isnull=True, covers__isnull=True)
                | models.Q(order__isnull=True, checkout__isnull=False, covers__isnull=False, part_of__isnull=True),
                name="payment_of_order_or_checkout",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=models.Q(refunding_minor__gte=0, refunding_minor__lte=models.F("amount_minor")),
                name="payment_refund_within",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"],
                name="payments_to_look_at",
                condition=models.Q(state__in=["created", "processing", "unknown"]),
            ),
            models.Index(fields=["method", "settled_at"], name="payments_of_day"),
            models.Index(fields=["part_of"], name="parts_of_payment", condition=models.Q(part_of__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.order_id or self.checkout_id}/{self.attempt} {self.state}"

    @property
    def first_order_id(self) -> UUID:
        """Its order, or the first of those it was begun for: where a page about it leads."""
        return self.order_id or UUID(min(self.covers or {}))

    def still_opened(self, now: datetime) -> dict[str, Any] | None:
        """Where the shopper pays, if the way there was opened and is not over."""
        until = (self.opened or {}).get("until")
        return None if until and datetime.fromisoformat(until) <= now else self.opened

    @property
    def charge(self) -> "Payment":
        """What the provider knows it by."""
        return self.part_of or self

    @property
    def way_label(self) -> Any:
        """The way to pay, as a shopper was shown it."""
        way = WAYS.get(self.method)
        return way.label if way else self.method


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("待退款")
    SENT = "sent", _("退款中")
    UNKNOWN = "unknown", _("结果未知")
    SUCCEEDED = "succeeded", _("已退款")
    FAILED = "failed", _("退款失败")
    GIVEN_UP = "given_up", _("已作废")


class Refund(ScopedModel):
    """Money that goes back by the way it came, or to the member's balance when that way is closed."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    order_refund = models.ForeignKey(OrderRefund, null=True, on_delete=models.PROTECT, related_name="money")
    is_return = models.BooleanField(default=True, db_default=True)  # the money was never kept: it came late, or twice
    to_balance = models.BooleanField(default=False, db_default=False)
    failure = models.CharField(max_length=120, blank=True, default="", db_default="")
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
    # Paid outside of any provider: one person says so, another confirms it
    hand_note = models.CharField(max_length=120, blank=True, default="", db_default="")
    hand_by_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    hand_by_name = models.CharField(max_length=60, blank=True, default="", db_default="")
    hand_at = models.DateTimeField(null=True)

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
    RefundState.GIVEN_UP: 5,
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


class Channel(ScopedModel):
    """One payment company (or the balance, or the sandbox) as this store uses it. Owned by the shop's owner.

    ``sealed`` holds the secrets, bound to this store and row (kit.sealing); ``facts`` what may be shown.
    """

    provider = models.CharField(max_length=12, unique=True)
    is_enabled = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    ways = models.JSONField(default=list)  # which of the provider's ways are offered
    facts = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    endpoint = models.CharField(max_length=40, unique=True)  # the callback address's last part; says nothing
    fee_ppm = models.PositiveIntegerField(default=0)  # what the company keeps, to compare its statement with
    expires_at = models.DateTimeField(null=True)  # when the first of the certificates ends
    warned_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    is_good = models.BooleanField(null=True)  # how the last trial ended
    check_said = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.provider

    @property
    def provider_label(self) -> Any:
        """The company's name."""
        return PROVIDER_LABELS.get(self.provider, self.provider)


class Balance(ScopedModel):
    """What a member has with the shop: the sum of the ledger's postings, kept here for a guarded UPDATE."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="balance")
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="balance_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.amount_minor}"


class TopUp(ScopedModel):
    """Money put onto a member's balance by the shop, with its reason; negative takes a mistake back."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="topups")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=120)
    by_name = models.CharField(max_length=80)
    key = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(amount_minor=0), name="topup_not_zero")]
        indexes: ClassVar = [models.Index(fields=["-at"], name="topups_newest")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.amount_minor}"


class Statement(ScopedModel):
    """A provider's statement of one day, as it was read."""

    provider = models.CharField(max_length=12)
    day = models.DateField()
    read_at = models.DateTimeField()
    trouble = models.CharField(max_length=120, blank=True)  # why it could not be read; it is tried again
    charges = models.PositiveIntegerField(default=0)
    charged_minor = models.BigIntegerField(default=0)
    refunds = models.PositiveIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "day"], name="statement_once")]
        indexes: ClassVar = [models.Index(fields=["-day"], name="statements_newest")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}"

    @property
    def provider_label(self) -> Any:
        """The company's name."""
        return PROVIDER_LABELS.get(self.provider, self.provider)


class StatementRow(ScopedModel):
    """One movement on a statement."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=6, choices=[("charge", _("收款")), ("refund", _("退款"))])
    key = models.CharField(max_length=80)
    provider_ref = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "key"], name="statement_rows_by_key")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing_here", _("渠道有，本店没有")
    MISSING_THERE = "missing_there", _("本店有，渠道没有")
    AMOUNT = "amount", _("金额不一致")
    STATE = "state", _("状态不一致")
    FEE = "fee", _("手续费不一致")
    DISPUTE = "dispute", _("银行退单扣款")


class DifferenceState(models.TextChoices):
    OPEN = "open", _("待处理")
    GONE = "gone", _("已自动消除")
    EXPLAINED = "explained", _("已说明")


class Difference(ScopedModel):
    """Where our books and a statement disagree, until it is gone or somebody explains it (I7)."""

    provider = models.CharField(max_length=12)
    day = models.DateField()
    kind = models.CharField(max_length=14, choices=DifferenceKind.choices)
    subject = models.CharField(max_length=6, choices=[("charge", _("收款")), ("refund", _("退款"))])
    key = models.CharField(max_length=80)
    order_id_hint = models.UUIDField(null=True)  # the order it belongs to, when we know one
    ours_minor = models.BigIntegerField(null=True)
    theirs_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=DifferenceState.choices, default=DifferenceState.OPEN)
    found_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    closed_by = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "day", "kind", "subject", "key"], name="difference_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-day"], name="differences_by_state")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day} {self.kind} {self.key}"

    @property
    def provider_label(self) -> Any:
        """The company's name."""
        return PROVIDER_LABELS.get(self.provider, self.provider)
