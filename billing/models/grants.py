"""What a merchant may use, from when to when, and why: derived from plan, add-ons and gifts, and rebuildable."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from kit.tenancy.models import ScopedModel


class GrantSource(models.TextChoices):
    PLAN = "plan", _("套餐")
    ADD_ON = "add_on", _("增购")
    GIFT = "gift", _("赠送")


class EntitlementGrant(ScopedModel):
    """So much of a limit (null: no limit), or a feature (amount 1), from one source. Never written by hand."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="grants")
    what = models.CharField(max_length=30)  # a code of Limit or Feature
    amount = models.BigIntegerField(null=True)
    source = models.CharField(max_length=6, choices=GrantSource.choices)
    source_id = models.UUIDField()  # the phase, the item or the gift
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # exclusive

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source_id", "what"], name="one_grant_a_source"),
        ]
        indexes: ClassVar = [models.Index(fields=["billing_account", "ends_at"], name="grants_of_account")]

    def __str__(self) -> str:
        return f"{self.what} {self.amount}"


class Gift(ScopedModel):
    """More than the plan allows, given by an operator with a reason."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="gifts")
    what = models.CharField(max_length=30)
    amount = models.BigIntegerField(null=True)  # null: no limit; 1 for a feature
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # exclusive; earlier when it is taken back
    given_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True)  # the store was told that it is over

    class Meta:
        ordering: ClassVar = ["-starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="gift_gives_something"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="gift_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.amount}"
