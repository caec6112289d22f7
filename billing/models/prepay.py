"""Prepaying by WeChat Pay or Alipay: where the payer pays, and until when."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.wallet import TopUp
from kit.tenancy.models import ScopedModel


class PrepayWay(models.TextChoices):
    """The word after the underscore is the adapter's own."""

    WECHAT_NATIVE = "wechat_native", _("微信扫码")
    WECHAT_H5 = "wechat_h5", _("微信支付")
    ALIPAY_QR = "alipay_qr", _("支付宝扫码")
    ALIPAY_WAP = "alipay_wap", _("支付宝")


class CompanyCharge(ScopedModel):
    """A top-up's trade at a payment company, known there by ``key``; its end is the top-up's own state."""

    top_up = models.OneToOneField(TopUp, on_delete=models.PROTECT, related_name="charge")
    way = models.CharField(max_length=14, choices=PrepayWay.choices)
    key = models.CharField(max_length=32, unique=True)
    qr = models.CharField(max_length=500, blank=True)
    redirect_url = models.TextField(blank=True)
    handle = models.CharField(max_length=120, blank=True)  # the company's own, where it needs one to be asked
    expires_at = models.DateTimeField()
    next_look_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"], name="prepay_to_look_at", condition=models.Q(next_look_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def provider(self) -> str:
        """Which company it is at."""
        return self.way.partition("_")[0]

    @property
    def kind(self) -> str:
        """The way, as the company's adapter calls it."""
        return self.way.partition("_")[2]


class PrepayRefundState(models.TextChoices):
    """asked -> sent -> done | failed; asked may be withdrawn. What failed is in the wallet again."""

    ASKED = "asked", _("待批准")
    SENT = "sent", _("退款中")
    DONE = "done", _("已退回")
    FAILED = "failed", _("未成功")
    WITHDRAWN = "withdrawn", _("已撤回")


class PrepayRefund(ScopedModel):
    """Prepaid money that goes back the way it came, asked for by one operator and approved by another."""

    charge = models.ForeignKey(CompanyCharge, on_delete=models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=20, null=True, unique=True)  # taken when approved
    state = models.CharField(max_length=9, choices=PrepayRefundState.choices, default=PrepayRefundState.ASKED)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=80)  # the payer reads it in the company's app
    key = models.UUIDField(unique=True)  # of the form it was typed into: a double click asks once
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField()
    approved_by = models.CharField(max_length=254, blank=True)
    approved_at = models.DateTimeField(null=True)
    provider_ref = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=120, blank=True)
    settled_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="prepay_refund_positive"),
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("requested_by")),
                name="prepay_refund_by_two_people",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["charge", "-requested_at"], name="prepay_refunds_of_charge"),
            models.Index(fields=["next_look_at"], name="prepay_refunds_to_look_at", condition=models.Q(state="sent")),
        ]

    def __str__(self) -> str:
        return self.number or f"refund of {self.charge_id}"

    @property
    def company_key(self) -> str:
        """What the company knows it by."""
        return self.pk.hex
