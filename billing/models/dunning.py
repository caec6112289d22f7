"""Chasing what is overdue: which step of the schedule was taken for which invoice, and what an operator agreed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount
from billing.models.invoices import Invoice
from kit.tenancy.models import ScopedModel


class DunningStep(models.TextChoices):
    """The steps in their order; ``billing.dunning`` says on which day each is due and what it does."""

    PAST_DUE = "past_due", _("第一次提醒")
    REMINDER = "reminder", _("第二次提醒")
    WARNING = "warning", _("停用预告")
    LAST_CALL = "last_call", _("停用前一天")
    RESTRICTED = "restricted", _("后台只读")
    CLOSING_SOON = "closing_soon", _("关店预告")
    CLOSED = "closed", _("店铺关闭")
    ENDING_SOON = "ending_soon", _("退订预告")
    ENDED = "ended", _("已退订")


class DunningCase(ScopedModel):
    """One stretch of owing, from the first unpaid invoice until nothing is overdue."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="dunning_cases")
    first_day = models.DateField()  # the payer's local day of the oldest overdue invoice
    stage = models.CharField(max_length=12, choices=DunningStep.choices, default=DunningStep.PAST_DUE)
    next_step = models.CharField(max_length=12, choices=DunningStep.choices, blank=True)
    next_step_at = models.DateTimeField(null=True)  # null: excluded, or nothing is left to do
    shift_days = models.PositiveSmallIntegerField(default=0)  # days that promises have put between
    promised_until = models.DateField(null=True)  # nothing happens before this local day
    excluded_at = models.DateTimeField(null=True)  # an operator took the account out of the schedule
    reason = models.CharField(max_length=200, blank=True)  # of the promise or the exclusion
    agreed_by = models.CharField(max_length=254, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["billing_account"], condition=Q(closed_at__isnull=True), name="one_open_dunning_case"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_step_at", "id"], name="dunning_due", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.billing_account_id} {self.stage}"


class StepTaken(ScopedModel):
    """A step, once an invoice. Steps that a late clock jumped over are written down, but no letter is sent of them."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="dunning_steps")
    step = models.CharField(max_length=12, choices=DunningStep.choices)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    is_told = models.BooleanField(null=True)  # null: its letter waits for the next run; False: jumped over, none sent

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["invoice", "step"], name="dunning_step_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.step}"
