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
