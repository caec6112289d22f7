"""Coupons by kind and by member, and the promotions that run by themselves."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.members.models import Member


class Running(models.TextChoices):
    """What the merchant decided; whether it runs now follows from this and the clock."""

    DRAFT = "draft", _("草稿")
    RUNNING = "running", _("进行中")
    STOPPED = "stopped", _("已停止")


class Audience(models.TextChoices):
    ALL = "all", _("所有顾客")
    NEW = "new", _("没下过单的新顾客")
    LEADERS = "leaders", _("团长")


class AfterRefund(models.TextChoices):
    """What becomes of a used coupon when everything it was used for is refunded."""

    RETURN = "return", _("退回给顾客")
    KEEP = "keep", _("不退回")


class CouponKind(ScopedModel):
    """One kind of coupon: what it takes off, of what, for whom, and how much of it the store gives away.

    ``scope`` names the goods that count: ``{"products": [id], "categories": [id], "excluded_products": [id]}``, empty
    for all. Once one was claimed its worth no longer changes; only the window, the number and the budget may grow.
    """

    name = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=Running.choices, default=Running.DRAFT)
    off_minor = models.BigIntegerField(default=0)  # an amount off, or
    off_ppm = models.PositiveIntegerField(default=0)  # a share off,
    cap_minor = models.BigIntegerField(null=True)  # at most so much
    threshold_minor = models.BigIntegerField(default=0)
    scope = models.JSONField(default=dict)
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.ALL)
    code = models.CharField(max_length=20, null=True, unique=True)  # claimed by typing it; without one, by a tap
    claim_from = models.DateTimeField()
    claim_until = models.DateTimeField()  # exclusive
    valid_days = models.PositiveSmallIntegerField(null=True)  # from the claim, or
    valid_until = models.DateTimeField(null=True)  # all alike; exclusive
    per_member = models.PositiveSmallIntegerField(default=1)
    total = models.PositiveIntegerField(null=True)  # none: as many as are asked for
    issued = models.PositiveIntegerField(default=0)  # changed only by a guarded UPDATE
    budget_minor = models.BigIntegerField(null=True)
    spent_minor = models.BigIntegerField(default=0)  # off baskets placed or paid; only by a guarded UPDATE
    after_refund = models.CharField(max_length=6, choices=AfterRefund.choices, default=AfterRefund.RETURN)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(models.Q(off_minor__gt=0, off_ppm=0) | models.Q(off_minor=0, off_ppm__gt=0))
                & models.Q(off_ppm__lte=1_000_000),
                name="coupon_takes_off_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(total__isnull=True) | models.Q(total__gte=models.F("issued")),
                name="coupons_not_overissued",
            ),
            models.CheckConstraint(
                condition=models.Q(spent_minor__gte=0)
                & (models.Q(budget_minor__isnull=True) | models.Q(budget_minor__gte=models.F("spent_minor"))),
                name="coupon_budget_kept",
            ),
            models.CheckConstraint(
                condition=models.Q(claim_until__gt=models.F("claim_from")), name="coupon_window_forward"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_days__isnull=True) ^ models.Q(valid_until__isnull=True),
                name="coupon_ends_one_way",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "claim_until"], name="coupon_kinds_running")]

    def __str__(self) -> str:
        return self.name

    def shown_state(self, now: datetime) -> str:
        """Say draft, scheduled, running, over or stopped."""
        if self.state != Running.RUNNING:
            return str(self.state)
        if now < self.claim_from:
            return "scheduled"
        return "running" if now < self.claim_until else "over"


class CouponState(models.TextChoices):
    ISSUED = "issued", _("可使用")
    LOCKED = "locked", _("待付款")  # in a basket that was placed and is not paid yet
    USED = "used", _("已使用")
    EXPIRED = "expired", _("已过期")


class Coupon(ScopedModel):
    """One coupon in one member's hand."""

    kind = models.ForeignKey(CouponKind, on_delete=models.PROTECT, related_name="coupons")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="coupons")
    nth = models.PositiveSmallIntegerField()  # this member's first, second, … of the kind
    state = models.CharField(max_length=7, choices=CouponState.choices, default=CouponState.ISSUED)
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # exclusive
    basket = models.UUIDField(null=True)  # the order or checkout it is locked for or was used in
    off_minor = models.BigIntegerField(default=0)  # what it took off there
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "member", "nth"], name="coupon_claimed_once"),
            models.UniqueConstraint(
                fields=["basket"], name="one_coupon_a_basket", condition=models.Q(basket__isnull=False)
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["locked", "used"], basket__isnull=False)
                | models.Q(state__in=["issued", "expired"], basket__isnull=True, off_minor=0),
                name="coupon_basket_by_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "state", "expires_at"], name="coupons_of_member"),
            models.Index(fields=["expires_at"], name="coupons_to_expire", condition=models.Q(state="issued")),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} #{self.nth}"

    def shown_state(self, now: datetime) -> CouponState:
        """Say what the member sees: one past its end is expired, though the task has yet to come."""
        if self.state == CouponState.ISSUED and now >= self.expires_at:
            return CouponState.EXPIRED
        return CouponState(self.state)


class PromotionKind(models.TextChoices):
    SPEND_AND_SAVE = "spend_and_save", _("满减")
    NEXT_PIECE = "next_piece", _("第二件优惠")


class Promotion(ScopedModel):
    """A discount that every fitting basket gets between two moments.

    ``rule`` is ``{"tiers": [[from_minor, off_minor], …]}`` of 满减 and
    ``{"every": 2, "off_ppm": 500000}`` of the next piece.
    """

    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=14, choices=PromotionKind.choices)
    state = models.CharField(max_length=8, choices=Running.choices, default=Running.DRAFT)
    scope = models.JSONField(default=dict)  # as of a coupon's kind
    rule = models.JSONField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # exclusive
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="promotion_forward"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "ends_at"], name="promotions_running")]

    def __str__(self) -> str:
        return self.name

    def shown_state(self, now: datetime) -> str:
        """Say draft, scheduled, running, over or stopped."""
        if self.state != Running.RUNNING:
            return str(self.state)
        if now < self.starts_at:
            return "scheduled"
        return "running" if now < self.ends_at else "over"
