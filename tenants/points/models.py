"""What members earn by buying and may spend again: one purse a member, explained by its moves."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.members.models import Member

MOST_SHARE = 990_000  # a basket is never paid by points alone: no way to pay takes nothing


class PointsRule(ScopedModel):
    """One row: what a store's points are worth. Switched off, none are earned or spent; those held stay."""

    only = models.BooleanField(default=True, unique=True)  # there is one rule, and the database knows
    is_on = models.BooleanField(default=False)
    earn_per_yuan = models.PositiveIntegerField(default=1)  # points for each whole yuan of the money that was kept
    per_yuan = models.PositiveIntegerField(default=100)  # so many points take a yuan off
    max_share_ppm = models.PositiveIntegerField(default=500_000)  # of a basket, after every other discount
    years_kept = models.PositiveSmallIntegerField(null=True, default=1)  # 0: to the year's end; none: for ever
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only=True), name="one_points_rule"),
            models.CheckConstraint(
                condition=models.Q(per_yuan__gt=0, max_share_ppm__lte=MOST_SHARE), name="points_rule_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earn_per_yuan} / {self.per_yuan}"


class Purse(ScopedModel):
    """One member's points. ``locked`` of them wait in baskets that are not paid; ``owed`` were spent before what
    earned them was given back, and are kept from what is earned next. Changed by guarded UPDATEs or under its lock."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="purse")
    balance = models.BigIntegerField(default=0)
    locked = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    warned_year = models.PositiveSmallIntegerField(null=True)  # whose end the member was told of

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(locked__gte=0, owed__gte=0, balance__gte=models.F("locked")), name="purse_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.balance}"

    @property
    def free(self) -> int:
        """What may be spent now."""
        return self.balance - self.locked


class MoveKind(models.TextChoices):
    EARN = "earn", _("购物获得")
    USE = "use", _("下单抵扣")
    RETURN = "return", _("退款退回")
    TAKE_BACK = "take_back", _("退款扣回")
    SETTLE = "settle", _("补扣欠分")
    EXPIRE = "expire", _("到期清零")
    ADJUST = "adjust", _("店铺调整")


class PointsMove(ScopedModel):
    """One change of a purse. The sums of its deltas are the purse, always (invariant I8)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="points_moves")
    kind = models.CharField(max_length=9, choices=MoveKind.choices)
    points = models.BigIntegerField()
    owed_delta = models.BigIntegerField(default=0)
    ref_id = models.UUIDField(null=True)  # the order, the refund, the form: each moves a purse once
    order_number = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=80, blank=True)
    by_name = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "ref_id"], name="points_move_once", condition=models.Q(ref_id__isnull=False)
            ),
            models.CheckConstraint(condition=~models.Q(points=0, owed_delta=0), name="points_move_moves"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "-id"], name="points_moves_of_member"),
            models.Index(fields=["kind", "-id"], name="points_moves_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class UseState(models.TextChoices):
    LOCKED = "locked", _("待付款")
    USED = "used", _("已抵扣")
    RELEASED = "released", _("已释放")


class PointsUse(ScopedModel):
    """Points spent on one basket: locked when it is placed, used when it is paid, released when it is not."""

    basket = models.UUIDField(unique=True)  # the order
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="points_uses")
    points = models.BigIntegerField()  # none, where an order's share of a basket's rounds down to none
    off_minor = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=UseState.choices, default=UseState.LOCKED)
    returned = models.BigIntegerField(default=0)  # of ``points``, with what was refunded

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(points__gte=0, off_minor__gt=0), name="points_use_something"),
            models.CheckConstraint(
                condition=models.Q(returned=0)
                | models.Q(state="used", returned__gt=0, returned__lte=models.F("points")),
                name="points_returned_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.basket} {self.points}"


class PointsGain(ScopedModel):
    """Points earned by one completed order, at the rate of that day; taken back as its money goes back."""

    basket = models.UUIDField(unique=True)  # the order
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="points_gains")
    per_yuan = models.PositiveIntegerField()
    points = models.BigIntegerField()
    taken_back = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(taken_back__gte=0, taken_back__lte=models.F("points")), name="points_taken_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.basket} {self.points}"
