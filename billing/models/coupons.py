"""Coupons on the plan's price: what they take off, for how long, for whom."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import Subscription
from kit.money import PPM
from kit.tenancy.models import ScopedModel


class CouponDuration(models.TextChoices):
    ONCE = "once", _("首期")
    MONTHS = "months", _("前几个月")
    FOREVER = "forever", _("一直有效")


class Coupon(ScopedModel):
    """A code. Exactly one of ``percent_ppm`` and ``amount_minor`` (a month or year's plan price) is set."""

    code = models.CharField(max_length=30, unique=True)  # kept in capitals
    percent_ppm = models.PositiveIntegerField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)  # of the amount
    duration = models.CharField(max_length=7, choices=CouponDuration.choices)
    months = models.PositiveSmallIntegerField(null=True)
    redeem_by = models.DateTimeField(null=True)  # exclusive
    max_redemptions = models.PositiveIntegerField(null=True)
    redeemed = models.PositiveIntegerField(default=0)  # raised only by one guarded UPDATE
    editions = models.JSONField(default=list)  # codes; empty: every plan
    stopped_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=254)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-made_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent_ppm__isnull=False, amount_minor__isnull=True, percent_ppm__gt=0)
                & Q(percent_ppm__lte=PPM)
                | Q(percent_ppm__isnull=True, amount_minor__gt=0) & ~Q(currency=""),
                name="coupon_percent_or_amount",
            ),
            models.CheckConstraint(
                condition=Q(duration="months", months__gt=0) | ~Q(duration="months") & Q(months__isnull=True),
                name="coupon_months_when_counted",
            ),
            models.CheckConstraint(
                condition=Q(max_redemptions__isnull=True) | Q(redeemed__lte=F("max_redemptions")),
                name="coupon_not_overspent",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(ScopedModel):
    """A coupon in a merchant's hands. It begins with the first interval it takes something off."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="redemptions")
    redeemed_at = models.DateTimeField()
    starts_on = models.DateField(null=True)  # local day; null: not begun
    ends_on = models.DateField(null=True)  # exclusive; null: for ever, or not begun

    class Meta:
        ordering: ClassVar = ["redeemed_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["coupon", "subscription"], name="coupon_once_a_subscription"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.starts_on}"
