"""Invoices: numbered without gaps, final from birth. Corrections are later lines and credits, never edits."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount, Phase
from kit.tenancy.models import ScopedModel


class NumberSequence(ScopedModel):
    """The last number given in a series; raised in the transaction that uses it, so a rollback leaves no gap."""

    scope = models.CharField(max_length=30, unique=True)  # "invoice:2026"
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.scope} {self.last}"


class InvoiceKind(models.TextChoices):
    PERIOD = "period", _("订阅与交易服务费")
    CHANGE = "change", _("订阅变更")
    PAYER = "payer", _("付款方变更")


class InvoiceState(models.TextChoices):
    OPEN = "open", _("待支付")
    PAID = "paid", _("已支付")
    UNCOLLECTIBLE = "uncollectible", _("坏账")
    VOID = "void", _("已作废")


class Invoice(ScopedModel):
    """What one merchant owes us. A trigger refuses to change what was written at birth; only payment moves on."""

    billing_account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=8, choices=InvoiceKind.choices, default=InvoiceKind.PERIOD)
    number = models.CharField(max_length=24, unique=True)
    state = models.CharField(max_length=13, choices=InvoiceState.choices, default=InvoiceState.OPEN)
    currency = models.CharField(max_length=3)
    # the boundary it was made at: fees of the month before it, subscription from it on
    period_starts_at = models.DateTimeField()
    issued_at = models.DateTimeField()
    subtotal_minor = models.BigIntegerField()  # without tax
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)
    due_minor = models.BigIntegerField()
    paid_at = models.DateTimeField(null=True)
    overdue_since = models.DateTimeField(null=True)  # the first try that brought no money; null again once paid
    # collection: the next try of the schedule (null: under way, paid, or given up) and how many tries it has begun
    next_attempt_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["billing_account", "kind", "period_starts_at"],
                condition=~Q(state="void"),
                name="one_invoice_a_period",
            ),
            models.CheckConstraint(
                condition=Q(total_minor=F("subtotal_minor") - F("discount_minor") + F("tax_minor")),
                name="invoice_total_true",
            ),
            models.CheckConstraint(
                condition=Q(due_minor=F("total_minor") - F("paid_minor") - F("credited_minor")),
                name="invoice_due_true",
            ),
            models.CheckConstraint(
                condition=Q(due_minor__gte=0, paid_minor__gte=0, credited_minor__gte=0), name="invoice_due_not_negative"
            ),
            models.CheckConstraint(condition=~Q(state="paid") | Q(due_minor=0), name="paid_invoice_owes_nothing"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["billing_account", "-issued_at"], name="invoices_of_account"),
            models.Index(fields=["state", "-issued_at"], name="invoices_by_state"),
            models.Index(fields=["-issued_at"], name="invoices_latest"),
            models.Index(fields=["next_attempt_at", "id"], name="invoices_to_collect", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.number


class LineKind(models.TextChoices):
    SUBSCRIPTION = "subscription", _("订阅费")
    ADD_ON = "add_on", _("增购")
    UNUSED = "unused", _("已付未用退回")
    DISCOUNT = "discount", _("优惠")
    FEE = "fee", _("交易服务费")
    REVERSAL = "reversal", _("退款冲回的服务费")
    NOT_CHARGED = "not_charged", _("冲回中未实收的部分")
    TO_CREDIT = "to_credit", _("转入账户余额")


# Lines that stand in the book of discounts, as lines of their own
OFF = (LineKind.DISCOUNT, LineKind.NOT_CHARGED)


def listed() -> CombinedExpression:
    """Write what a line lists, in a query: its amount before discount, and before tax where tax is put on top."""
    return Case(When(tax_inclusive=True, then=F("gross_minor")), default=F("net_minor")) + F("discount_minor")


class InvoiceLine(ScopedModel):
    """One amount on an invoice, with the stretch of time it is for. Rows are only ever added."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=12, choices=LineKind.choices)
    source = models.CharField(max_length=120)  # what it bills, so that nothing is billed twice
    phase = models.ForeignKey(Phase, null=True, on_delete=models.PROTECT, related_name="lines")
    service_starts_at = models.DateTimeField()
    service_ends_at = models.DateTimeField()
    quantity = models.PositiveIntegerField(default=1)  # of orders, on a fee line
    net_minor = models.BigIntegerField()
    tax_ppm = models.PositiveIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)  # taken off before the tax was worked out; see billing.discounts
    tax_inclusive = models.BooleanField(default=True)  # was the tax in the price, or put on top of it
    position = models.PositiveSmallIntegerField()
    # the store it is for, when that is another than the payer; null: the payer's own
    section = models.ForeignKey(BillingAccount, null=True, on_delete=models.PROTECT, related_name="paid_lines")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "kind"], name="billed_once"),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor")), name="line_net_and_tax_make_gross"
            ),
            models.CheckConstraint(condition=Q(discount_minor__gte=0), name="line_discount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.gross_minor}"

    @property
    def last_moment(self) -> datetime:
        """The last instant it is for: the end is exclusive, and a page names the last day."""
        return self.service_ends_at - timedelta(microseconds=1)
