"""Visits of the platform's operators to stores, every step of them, and what each merchant lets them do."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from control.people.models import Person
from kit.tenancy.models import ScopedModel

LONGEST = timedelta(minutes=30)


class SupportConsent(ScopedModel):
    """What a merchant allows. A merchant without a row allows looking and no changing."""

    merchant_id = models.UUIDField(unique=True)  # merchants are a floor below; kept without a cascade on purpose
    may_enter = models.BooleanField(default=True)
    may_write = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"consent of {self.merchant_id}"


class SupportVisit(ScopedModel):
    """One entry. Its pass opens one session at the store's host, which dies with the visit."""

    merchant_id = models.UUIDField()
    operator = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="support_visits")
    reason = models.CharField(max_length=200)
    ticket = models.CharField(max_length=40, blank=True)
    wants_write = models.BooleanField(default=False)  # counts only while the merchant allows it too
    pass_hash = models.CharField(max_length=64, unique=True)
    pass_expires_at = models.DateTimeField()
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # exclusive, at most thirty minutes later
    entered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("started_at"))
                & models.Q(ends_at__lte=models.F("started_at") + models.Value(LONGEST, models.DurationField())),
                name="visit_of_half_an_hour",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant_id", "-started_at"], name="visits_of_merchant"),
            models.Index(fields=["-started_at"], name="visits_latest"),
        ]

    def __str__(self) -> str:
        return f"visit of {self.operator_id} at {self.merchant_id}"

    def state_at(self, now: datetime) -> str:
        """Say live or over."""
        return "live" if self.ended_at is None and now < self.ends_at else "over"


class SupportStep(ScopedModel):
    """One page or action of a visit; rows are only ever added."""

    visit = models.ForeignKey(SupportVisit, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["visit", "at"], name="steps_of_visit")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
