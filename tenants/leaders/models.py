"""Leaders and the points at which they hand goods out."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kit.tenancy.models import ScopedModel
from tenants.members.models import Member


class LeaderState(models.TextChoices):
    ACTIVE = "active", _("正常")
    RESTING = "resting", _("休息中")
    RETIRED = "retired", _("已退出")


class Leader(ScopedModel):
    """A member who sells (团长)."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="leader")
    name = models.CharField(max_length=30)
    phone = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=LeaderState.choices, default=LeaderState.ACTIVE)
    resting_note = models.CharField(max_length=80, blank=True)
    joined_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "-joined_at"], name="leaders_by_state")]

    def __str__(self) -> str:
        return self.name


class PickupPoint(ScopedModel):
    """A place in an estate where members fetch their goods (自提点)."""

    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="pickup_points")
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=30)
    district = models.CharField(max_length=30, blank=True)
    address = models.CharField(max_length=120)
    latitude = models.DecimalField(max_digits=9, decimal_places=6)
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    opening_hours = models.CharField(max_length=60)  # as written on the door: "16:00–20:30"
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    distance_m: int | None = None  # from a neighbour's place, where selectors.nearest_points knows it

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="point_on_earth",
            ),
        ]
        indexes: ClassVar = [
            # nearest point: a box on these two, then exact distance (no extension needed)
            models.Index(fields=["latitude", "longitude"], name="points_by_place", condition=models.Q(is_open=True)),
        ]

    def __str__(self) -> str:
        return self.name
