"""Attempts to charge an invoice to a card, as a state machine that knows "we do not know yet"."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import SavedCard
from billing.models.invoices import Invoice
from kit.tenancy.models import ScopedModel


class AttemptState(models.TextChoices):
    CREATED = "created", _("已发起")
    PROCESSING = "processing", _("扣款中")
    REQUIRES_ACTION = "requires_action", _("待持卡人验证")
    UNKNOWN = "unknown", _("结果未知")
    FAILED = "failed", _("扣款失败")
    CANCELLED = "cancelled", _("已取消")
    SUCCEEDED = "succeeded", _("扣款成功")


# News of a lower rank never overwrites a higher one, whatever order it arrives in. Unknown ranks with created: it
# is our ignorance, and any news is better.
ATTEMPT_RANK = {
    AttemptState.CREATED: 0,
    AttemptState.UNKNOWN: 0,
    AttemptState.PROCESSING: 1,
    AttemptState.REQUIRES_ACTION: 2,
    AttemptState.FAILED: 3,
    AttemptState.CANCELLED: 4,
    AttemptState.SUCCEEDED: 5,
}
OPEN_ATTEMPTS = (
    AttemptState.CREATED,
    AttemptState.PROCESSING,
    AttemptState.UNKNOWN,
    AttemptState.REQUIRES_ACTION,
)


class ChargeAttempt(ScopedModel):
    """The n-th try to charge an invoice. A second open one cannot exist: the constraint refuses it."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="attempts")
    card = models.ForeignKey(SavedCard, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=80, unique=True)  # inv:<id>:attempt:<n>, what makes the charge happen once
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=AttemptState.choices, default=AttemptState.CREATED)
    gateway_ref = models.CharField(max_length=64, null=True, unique=True)
    failure_code = models.CharField(max_length=60, blank=True)
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)  # when the janitor asks the card company
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "number"], name="charge_attempt_once"),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(state__in=["created", "processing", "unknown", "requires_action"]),
                name="one_open_attempt_an_invoice",
            ),
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(state="succeeded"), name="one_successful_attempt_an_invoice"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="attempt_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"],
                name="attempts_to_look_at",
                condition=Q(state__in=["created", "processing", "unknown", "requires_action"]),
            ),
            models.Index(fields=["-created_at"], name="attempts_latest"),
            models.Index(fields=["state", "-created_at"], name="attempts_by_state"),
        ]

    def __str__(self) -> str:
        return self.key
