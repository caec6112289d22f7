"""The merchant's wallet with us: lots of money paid in or given, and what each lot paid for."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount, SavedCard
from billing.models.invoices import Invoice
from kit.tenancy.models import ScopedModel


class Wallet(ScopedModel):
    """One a billing account. Its row is the lock of its lots; its balance is what is left in them."""

    billing_account = models.OneToOneField(BillingAccount, on_delete=models.PROTECT, related_name="wallet")
    # automatic top-up: below the threshold the saved card is charged; null: switched off
    auto_below_minor = models.BigIntegerField(null=True)
    auto_amount_minor = models.BigIntegerField(null=True)
    auto_again_at = models.DateTimeField(null=True)  # after a card said no: not before
    alert_below_minor = models.BigIntegerField(null=True)
    alerted_at = models.DateTimeField(null=True)  # the letter about this low was sent; null again once refilled

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(auto_below_minor__isnull=True, auto_amount_minor__isnull=True)
                | Q(auto_below_minor__gte=0, auto_amount_minor__gt=0),
                name="auto_top_up_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(alert_below_minor__isnull=True) | Q(alert_below_minor__gte=0), name="alert_not_negative"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="wallets_to_fill", condition=Q(auto_below_minor__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"wallet of {self.billing_account_id}"


class TopUpMethod(models.TextChoices):
    CARD = "card", _("银行卡")
    BANK = "bank", _("对公转账")
    WECHAT = "wechat", _("微信支付")
    ALIPAY = "alipay", _("支付宝")


class TopUpState(models.TextChoices):
    """pending -> settled | failed. Settled never becomes failed (a trigger holds it); money may come after a no."""

    PENDING = "pending", _("处理中")
    SETTLED = "settled", _("已到账")
    FAILED = "failed", _("未成功")


class TopUp(ScopedModel):
    """Money on its way into a wallet."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="top_ups")
    method = models.CharField(max_length=8, choices=TopUpMethod.choices)
    state = models.CharField(max_length=8, choices=TopUpState.choices, default=TopUpState.PENDING)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_automatic = models.BooleanField(default=False)
    card = models.ForeignKey(SavedCard, null=True, on_delete=models.PROTECT, related_name="top_ups")
    key = models.CharField(max_length=80, unique=True)  # what makes the charge happen once
    asked_by = models.CharField(max_length=80)
    gateway_ref = models.CharField(max_length=64, null=True, unique=True)
    failure_code = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="top_up_positive"),
            models.UniqueConstraint(
                fields=["wallet"],
                condition=Q(state="pending", is_automatic=True),
                name="one_automatic_top_up_under_way",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet", "-created_at"], name="top_ups_of_wallet"),
            models.Index(fields=["next_look_at"], name="top_ups_to_look_at", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return self.key


class PromoGrant(ScopedModel):
    """Money given by the operator; a large gift needs a second person."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="grants")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    expires_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200)
    key = models.UUIDField(unique=True)  # of the form it was typed into: a double click gives once
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    approved_by = models.CharField(max_length=80, blank=True)
    granted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="grant_positive"),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("requested_by")), name="grant_by_two_people"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["wallet", "-requested_at"], name="grants_of_wallet")]

    def __str__(self) -> str:
        return f"grant {self.amount_minor} {self.currency}"


class LotKind(models.TextChoices):
    PROMO = "promo", _("赠送")
    PAID = "paid", _("充值")


class WalletLot(ScopedModel):
    """One sum of money in a wallet. Spent promo first, then by the nearest end, then by age."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="lots")
    kind = models.CharField(max_length=5, choices=LotKind.choices)
    source = models.CharField(max_length=80, unique=True)  # "top_up:<id>", "grant:<id>", "credit_note:<id>:paid"
    amount_minor = models.BigIntegerField()
    remaining_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # exclusive; what was paid in never expires
    expired_at = models.DateTimeField(null=True)
    expired_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(remaining_minor__gte=0, expired_minor__gte=0, amount_minor__gt=0), name="lot_not_overdrawn"
            ),
            models.CheckConstraint(
                condition=Q(remaining_minor__lte=F("amount_minor") - F("expired_minor")), name="lot_not_overfull"
            ),
            models.CheckConstraint(condition=~Q(kind="paid") | Q(expires_at__isnull=True), name="what_was_paid_stays"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet", "-created_at"], name="lots_of_wallet"),
            models.Index(
                fields=["expires_at"],
                name="lots_to_expire",
                condition=Q(expires_at__isnull=False, remaining_minor__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.remaining_minor} of {self.amount_minor}"


class WalletUse(ScopedModel):
    """What one lot paid of one invoice at a time. Rows are only ever added.

    A lot pays an invoice again where something of it was left for a card (``SMALLEST_CHARGE_MINOR``) and money paid in
    since makes the card needless.
    """

    lot = models.ForeignKey(WalletLot, on_delete=models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="wallet_uses")
    part = models.PositiveSmallIntegerField(default=1, db_default=1)  # the first, second … time
    amount_minor = models.BigIntegerField()
    used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lot", "invoice", "part"], name="a_lot_pays_a_part_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="wallet_use_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.lot_id}"
