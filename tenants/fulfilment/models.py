"""Pickup codes and what was handed out against them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.money import PPM
from kit.tenancy.models import ScopedModel
from tenants.leaders.models import Leader, PickupPoint
from tenants.members.models import Member
from tenants.orders.models import Order, OrderLine


class PickupState(models.TextChoices):
    WAITING = "waiting", _("待提货")
    PARTLY_TAKEN = "partly_taken", _("部分提货")
    TAKEN = "taken", _("已提货")
    VOID = "void", _("已作废")  # nothing is left to fetch: all of it was given back before it was handed out


class Pickup(ScopedModel):
    """One member's visit to one point on one day: all orders of that day, one code."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="pickups")
    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="pickups")
    pickup_point = models.ForeignKey(PickupPoint, on_delete=models.PROTECT, related_name="pickups")
    pickup_date = models.DateField()
    code = models.CharField(max_length=8)
    state = models.CharField(max_length=12, choices=PickupState.choices, default=PickupState.WAITING)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=60, blank=True)  # who handed it out
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "pickup_point", "pickup_date"], name="one_visit_a_day"),
            models.UniqueConstraint(fields=["pickup_point", "pickup_date", "code"], name="code_once_a_point_and_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["leader", "pickup_date", "state"], name="visits_of_leader"),
            models.Index(fields=["code", "pickup_date"], name="visits_by_code"),
        ]

    def __str__(self) -> str:
        return self.code


class Handover(ScopedModel):
    """One handing-out at the desk. It may be reversed for ten minutes."""

    pickup = models.ForeignKey(Pickup, on_delete=models.PROTECT, related_name="handovers")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=60)
    reversed_at = models.DateTimeField(null=True)
    reversal_reason = models.CharField(max_length=100, blank=True)
    key = models.CharField(max_length=255, null=True)  # the leader's idempotency key

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["pickup", "key"], name="handover_once_a_key")]

    def __str__(self) -> str:
        return f"{self.pickup_id} {self.at}"


class HandoverLine(ScopedModel):
    """How much of one order line was handed out."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="handovers")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="handed_something"),
            models.UniqueConstraint(fields=["handover", "order_line"], name="line_once_a_handover"),
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} ×{self.quantity}"


class AfterUnclaimed(models.TextChoices):
    """What becomes of goods nobody fetched, when their time is over."""

    ASK = "ask", _("由店里逐单决定")
    RETURN = "return", _("退回店里，货款退给顾客")
    LOSS = "loss", _("报损，货款退给顾客")
    PART = "part", _("折扣退款，货不回库存")


class UnclaimedRule(ScopedModel):
    """One row: how long goods wait for who ordered them. Hours count from eight in the evening of the pickup day."""

    only = models.BooleanField(default=True, unique=True)  # there is one rule, and the database knows
    remind_hours = models.PositiveSmallIntegerField(default=24)
    decide_hours = models.PositiveSmallIntegerField(default=48)
    outcome = models.CharField(max_length=6, choices=AfterUnclaimed.choices, default=AfterUnclaimed.ASK)
    # how much goes back where it is given back at a discount; none: all of it, always
    back_ppm = models.PositiveIntegerField(null=True)
    back_since = models.DateTimeField(null=True)  # orders placed from then on were told at checkout
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(only=True), name="one_unclaimed_rule"),
            models.CheckConstraint(
                condition=models.Q(remind_hours__gt=0, decide_hours__gt=models.F("remind_hours")),
                name="reminded_before_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(back_ppm__isnull=True, back_since__isnull=True)
                | models.Q(back_ppm__gt=0, back_ppm__lt=1_000_000, back_since__isnull=False),
                name="unclaimed_back_in_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remind_hours} / {self.decide_hours} {self.outcome}"

    def back_of(self, order: Order) -> int:
        """Say how much goes back of an order at a discount, in parts a million: all, if its member was not told."""
        is_told = self.back_ppm and self.back_since and order.placed_at >= self.back_since
        return self.back_ppm if is_told and self.back_ppm else PPM


class UnclaimedState(models.TextChoices):
    REMINDED = "reminded", _("已提醒")
    DUE = "due", _("待决定")
    HELD = "held", _("延期保管")
    RETURNED = "returned", _("已退回店里")
    LOST = "lost", _("已报损")
    PARTLY = "partly", _("已折扣退款")
    FETCHED = "fetched", _("后来取走了")


WAITING_UNCLAIMED = (UnclaimedState.REMINDED, UnclaimedState.DUE, UnclaimedState.HELD)


class Unclaimed(ScopedModel):
    """A visit whose day went by: the member was reminded, then somebody (or the rule) decided."""

    pickup = models.OneToOneField(Pickup, on_delete=models.PROTECT, related_name="unclaimed")
    state = models.CharField(max_length=8, choices=UnclaimedState.choices, default=UnclaimedState.REMINDED)
    since = models.DateTimeField()  # the evening of the pickup day
    decide_at = models.DateTimeField(null=True)  # when the rule decides, or somebody must; none: it is decided
    held_until = models.DateField(null=True)
    note = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    refunded_minor = models.BigIntegerField(default=0)
    kept_minor = models.BigIntegerField(default=0, db_default=0)  # by the shop, where it was at a discount

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["reminded", "due", "held"], decide_at__isnull=False)
                | models.Q(state__in=["returned", "lost", "partly", "fetched"], decide_at__isnull=True),
                name="unclaimed_until_decided",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "-since", "id"], name="unclaimed_by_state")]

    def __str__(self) -> str:
        return f"{self.pickup_id} {self.state}"
