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


class ServiceArea(ScopedModel):
    """A part of a city that the store delivers to; with a circle, its points must lie in it."""

    name = models.CharField(max_length=40)
    city = models.CharField(max_length=30)
    is_open = models.BooleanField(default=True)  # closed: its points take no orders
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)  # of the circle's middle
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    radius_m = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["city", "name"], name="area_once_a_city"),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True, radius_m__isnull=True)
                | models.Q(
                    latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180, radius_m__gt=0
                ),
                name="area_circle_whole",
            ),
        ]

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
    area = models.ForeignKey(ServiceArea, null=True, on_delete=models.SET_NULL, related_name="points")
    created_at = models.DateTimeField()

    distance_m: int | None = None  # from a neighbour's place, where selectors.nearest_points knows it
    rest_told: dict[str, str] | None = None  # when it rests, where it was asked for (rests.rest_told)

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


class BindingRule(models.TextChoices):
    """Which leader's link a member stays with."""

    FIRST = "first", _("第一次点谁的链接就归谁")
    PROTECT = "protect", _("保护期内不换，过期后归最新的")
    LAST = "last", _("最后一次点谁的链接就归谁")


class EntryRule(ScopedModel):
    """One row: how a neighbour who comes in finds a pickup point."""

    only = models.BooleanField(default=True, unique=True)  # there is one rule, and the database knows
    reach_m = models.PositiveIntegerField(default=5000)  # the nearest point must not be farther
    binding = models.CharField(max_length=8, choices=BindingRule.choices, default=BindingRule.LAST)
    protect_days = models.PositiveSmallIntegerField(default=30)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(only=True), name="one_entry_rule")]


class LeaderBinding(ScopedModel):
    """Through whose link a member came; ended ones are the history."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="bindings")
    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="bindings")
    bound_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], name="one_leader_a_member", condition=models.Q(ended_at__isnull=True)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["leader", "-bound_at"], name="members_of_leader")]


class Rest(ScopedModel):
    """Days, both counted, on which a leader hands nothing out: at one point, or at all of the leader's."""

    leader = models.ForeignKey(Leader, on_delete=models.PROTECT, related_name="rests")
    point = models.ForeignKey(PickupPoint, null=True, on_delete=models.CASCADE, related_name="rests")
    first_on = models.DateField()
    last_on = models.DateField()
    note = models.CharField(max_length=80, blank=True)  # for shoppers
    created_at = models.DateTimeField()
    by_name = models.CharField(max_length=60)
    agreed_orders = models.PositiveIntegerField(default=0)  # placed before for these days: whoever rested saw them
    told_at = models.DateTimeField(null=True)  # when somebody decided to text those members
    told_by = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)  # called off: these days are like any other again

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(last_on__gte=models.F("first_on")), name="rest_has_days"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["leader", "last_on"], name="rests_to_come", condition=models.Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.first_on} {self.last_on}"


class WishState(models.TextChoices):
    NEW = "new", _("新申请")
    TOUCHED = "touched", _("联系中")
    OPENED = "opened", _("已开团")
    REFUSED = "refused", _("暂不开")


class PointWish(ScopedModel):
    """A neighbour without a point near would like one (申请开团), and agreed to be called."""

    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=30)
    phone = models.CharField(max_length=20)
    city = models.CharField(max_length=30)
    estate = models.CharField(max_length=60)
    address = models.CharField(max_length=120, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    would_lead = models.BooleanField(default=False)  # offers to be the leader
    agreed_at = models.DateTimeField()  # that the store may call
    created_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=WishState.choices, default=WishState.NEW)
    note = models.CharField(max_length=120, blank=True)  # of those who follow it up
    followed_at = models.DateTimeField(null=True)
    followed_by = models.CharField(max_length=60, blank=True)
    leader = models.ForeignKey(Leader, null=True, on_delete=models.SET_NULL, related_name="+")  # that it became

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="wish_place_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-created_at"], name="wishes_by_state"),
            models.Index(fields=["phone", "-created_at"], name="wishes_of_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.city} {self.estate}"
