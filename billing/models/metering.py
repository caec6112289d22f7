"""What stores did that costs a fee: usage events, the counters they run up, and the fee of each."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount, Phase
from billing.models.invoices import InvoiceLine
from control.merchants.models import Merchant
from kit.tenancy.models import ScopedModel

ORDER_PAID = "order_paid"
ORDER_REFUNDED = "order_refunded"


class UsageEvent(ScopedModel):
    """A fact moved here from a store's outbox, once: the unique key outlives replays and restores."""

    merchant_id = models.UUIDField()
    meter = models.CharField(max_length=40)
    event_key = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()
    ref_event_key = models.CharField(max_length=120, blank=True)  # of a refund: the order's event
    payload = models.JSONField(default=dict)
    collected_at = models.DateTimeField()
    problem = models.CharField(max_length=120, blank=True)  # why it cannot be rated; a person must look

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant_id", "meter", "event_key"], name="usage_event_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant_id", "occurred_at"], name="usage_by_time"),
            models.Index(KT("payload__order_number"), name="usage_by_order_number"),
            BrinIndex(fields=["occurred_at"], name="usage_by_day", autosummarize=True),  # of all stores together
        ]

    def __str__(self) -> str:
        return self.event_key


class WaitingUsage(ScopedModel):
    """An event that has no fee yet. It is written with the event, and deleted with the fee or the problem.

    A queue beside the events and no mark on them: a mark would write the event again into each of its indexes, which
    was half of the work of rating.
    """

    id = None  # type: ignore[assignment]  # the event's key is its own
    event = models.OneToOneField(UsageEvent, on_delete=models.CASCADE, primary_key=True, related_name="waiting")
    merchant_id = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["merchant_id", "event"], name="usage_to_rate")]

    def __str__(self) -> str:
        return str(self.event_id)


class LateUsage(ScopedModel):
    """A store whose facts the last sweeps could not take or rate; gone with the first sweep that can."""

    SAID: ClassVar = 300  # letters of a reason; the log has all of it

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="late_usage")
    since = models.DateTimeField()
    error = models.CharField(max_length=SAID)
    told_at = models.DateTimeField(null=True)  # when the operators were written to

    class Meta:
        indexes: ClassVar = [models.Index(fields=["since"], name="usage_late_since")]

    def __str__(self) -> str:
        return str(self.merchant_id)


class RatingCounter(ScopedModel):
    """How far a phase's volume has run in one counting interval. Only the rating story writes it, under its lock."""

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="counters")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # exclusive
    gmv_minor = models.BigIntegerField(default=0)  # gross: refunds reverse fees, they do not wind tiers back
    orders = models.PositiveIntegerField(default=0)
    charged_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["phase", "starts_at"], name="one_counter_an_interval"),
        ]

    def __str__(self) -> str:
        return f"{self.gmv_minor} in {self.orders}"


class FeeKind(models.TextChoices):
    FEE = "fee", _("交易服务费")
    REVERSAL = "reversal", _("退款冲回")


class RatedFee(ScopedModel):
    """One event's fee and the reason for it, written once and never rated again."""

    # not indexed by themselves: fee_once_an_event and fees_of_line begin with them
    event = models.ForeignKey(UsageEvent, on_delete=models.PROTECT, related_name="fees", db_index=False)
    kind = models.CharField(max_length=8, choices=FeeKind.choices)
    merchant_id = models.UUIDField()
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="fees")
    # who pays it, by the link at the moment of the order; null: the merchant itself
    payer = models.ForeignKey(BillingAccount, null=True, on_delete=models.PROTECT, related_name="+")
    service_starts_at = models.DateTimeField()  # the month the order was paid in, which late events keep
    service_ends_at = models.DateTimeField()
    amount_minor = models.BigIntegerField()  # variable + fixed
    variable_minor = models.BigIntegerField()
    fixed_minor = models.BigIntegerField()
    # {"gmv_before": 0, "included": 0, "parts": [[ppm, amount]], "rules": ["order_cap"]}
    working = models.JSONField()
    rated_at = models.DateTimeField()
    is_closed = models.BooleanField(default=False)  # it is on an invoice, or was found free at a period's end
    invoice_line = models.ForeignKey(
        InvoiceLine, null=True, on_delete=models.PROTECT, related_name="fees", db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "kind"], name="fee_once_an_event"),
            models.CheckConstraint(
                condition=Q(amount_minor=models.F("variable_minor") + models.F("fixed_minor")), name="fee_parts_add_up"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant_id", "service_ends_at"], name="fees_to_close", condition=Q(is_closed=False)),
            models.Index(fields=["invoice_line", "id"], name="fees_of_line"),
            BrinIndex(fields=["rated_at"], name="fees_by_day", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"
