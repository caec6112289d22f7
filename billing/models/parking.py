"""Accounts that billing has stopped by itself, and the latest time it has seen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from kit.tenancy.models import ScopedModel


class ParkingCause(models.TextChoices):
    TOO_MANY_LINES = "too_many_lines", _("一天内账单明细过多")
    ILLEGAL_STATE = "illegal_state", _("数据不合规则")
    NO_PAYER = "no_payer", _("没有付款方")


class ParkedAccount(ScopedModel):
    """A halt: nothing is billed or charged by the clock until one person asks for release and another gives it."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="parkings")
    cause = models.CharField(max_length=16, choices=ParkingCause.choices)
    detail = models.CharField(max_length=500)
    parked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=254, blank=True)
    asked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    released_by = models.CharField(max_length=254, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["billing_account"], condition=Q(released_at__isnull=True), name="parked_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.billing_account_id} {self.cause}"


class ClockMark(ScopedModel):
    """The latest time at which billing ran. One row: ``name`` is always "billing"."""

    name = models.CharField(max_length=10, unique=True)
    last_run_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.last_run_at:%Y-%m-%d %H:%M}"
