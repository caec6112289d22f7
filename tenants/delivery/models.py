"""The ways in which goods reach a member, and the addresses a member keeps."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.members.models import Member


class WayKind(models.TextChoices):
    """Fetching is always offered; the others are the store's choice."""

    PICKUP = "pickup", _("到点自提")
    LEADER_HOME = "leader_home", _("团长送货上门")
    SAME_DAY = "same_day", _("门店当日送")
    NEXT_DAY = "next_day", _("次日送达")
    EXPRESS = "express", _("快递")


# Ways that may have times of day: an express comes when its courier does
SLOTTED = (WayKind.LEADER_HOME, WayKind.SAME_DAY, WayKind.NEXT_DAY)


class DeliveryWay(ScopedModel):
    """One way to the door as this store offers it. Amounts are of one order day, in minor units."""

    kind = models.CharField(max_length=12, choices=WayKind.choices, unique=True)
    is_on = models.BooleanField(default=False)
    fee_minor = models.BigIntegerField(default=0)
    free_from_minor = models.BigIntegerField(null=True)  # goods of so much are brought for nothing
    # as the crow flies: from the pickup point (by a leader), from the store's nearest open place (by the store)
    reach_m = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(fee_minor__gte=0), name="delivery_fee_not_negative"),
            models.CheckConstraint(condition=~models.Q(kind="pickup"), name="fetching_is_no_way_of_delivery"),
        ]

    def __str__(self) -> str:
        return self.kind

    def fee_for(self, goods_minor: int) -> int:
        """Say what bringing goods of so much, after discounts, costs."""
        is_free = self.free_from_minor is not None and goods_minor >= self.free_from_minor
        return 0 if is_free else self.fee_minor


class FreightZone(ScopedModel):
    """Where parcels of an express go to for one price: so much for the first weight, so much for each step above it.

    An address is in the zone that one of its ``words`` names best; the default takes what no other names. What is
    ``is_on`` no more is a place to which nothing is sent.
    """

    name = models.CharField(max_length=30)
    words = models.JSONField(default=list)  # ["江苏", "上海", "苏州"]; none in the default
    is_default = models.BooleanField(default=False)
    first_grams = models.PositiveIntegerField()
    first_minor = models.BigIntegerField()
    step_grams = models.PositiveIntegerField()
    step_minor = models.BigIntegerField()
    free_from_minor = models.BigIntegerField(null=True)  # goods of so much on a day are sent for nothing
    is_on = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["is_default", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"], name="one_default_freight", condition=models.Q(is_default=True)
            ),
            models.CheckConstraint(
                condition=models.Q(first_grams__gt=0, step_grams__gt=0, first_minor__gte=0, step_minor__gte=0),
                name="freight_by_weight",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeliverySlot(ScopedModel):
    """A time of day at which a way brings goods, and how many orders it takes a day. A way with none needs none."""

    kind = models.CharField(max_length=12, choices=WayKind.choices)
    starts = models.TimeField()
    ends = models.TimeField()
    capacity = models.PositiveIntegerField()
    is_on = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["kind", "starts", "ends"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "starts", "ends"], name="delivery_slot_once"),
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="delivery_slot_lasts"),
            models.CheckConstraint(condition=~models.Q(kind="pickup"), name="delivery_slot_of_a_way"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts:%H:%M}-{self.ends:%H:%M}"


class SlotDay(ScopedModel):
    """How many orders a slot has on one day. Changed by one guarded statement only (``slots``)."""

    slot = models.ForeignKey(DeliverySlot, on_delete=models.PROTECT, related_name="days", db_index=False)
    day = models.DateField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["slot", "day"], name="slot_once_a_day")]

    def __str__(self) -> str:
        return f"{self.slot_id} {self.day} {self.taken}"


class Address(ScopedModel):
    """Where a member lets goods be brought. An order keeps a copy."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="addresses")
    name = models.CharField(max_length=30)
    phone = models.CharField(max_length=20)
    province = models.CharField(max_length=30, blank=True, default="", db_default="")  # which freight goes by
    city = models.CharField(max_length=30)
    district = models.CharField(max_length=30, blank=True)
    detail = models.CharField(max_length=120)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    is_default = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-is_default", "-saved_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member"], name="one_default_address", condition=models.Q(is_default=True)),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__isnull=False, longitude__isnull=False),
                name="address_is_a_place",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member", "-saved_at"], name="addresses_of_member")]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The address in one line."""
        province = "" if self.city.startswith(self.province) else self.province  # 上海市上海市
        return f"{province}{self.city}{self.district}{self.detail}"
