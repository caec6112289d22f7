"""Credit notes: what we take back of a final invoice, line by line, and where it goes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice, InvoiceLine
from kit.tenancy.models import ScopedModel


class CreditNoteState(models.TextChoices):
    """draft -> issued -> applied | refunded; draft -> void."""

    DRAFT = "draft", _("待审批")
    ISSUED = "issued", _("退款中")
    APPLIED = "applied", _("已抵扣")
    REFUNDED = "refunded", _("已退款")
    VOID = "void", _("已撤回")


class Destination(models.TextChoices):
    OFFSET = "offset", _("抵扣这张账单")
    CREDIT = "credit", _("退到钱包")
    REFUND = "refund", _("原卡退回")


class CreditNote(ScopedModel):
    """One correction of one invoice: asked for by one operator, approved by another, then numbered and final."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.CharField(max_length=24, null=True, unique=True)  # given when issued: drafts leave no gap
    state = models.CharField(max_length=8, choices=CreditNoteState.choices, default=CreditNoteState.DRAFT)
    destination = models.CharField(max_length=8, choices=Destination.choices)
    reason = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    promo_minor = models.BigIntegerField(default=0)  # of the gross: was given, so it goes back as given, never as cash
    key = models.UUIDField(unique=True)  # of the form it was typed into: a double click asks once
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    approved_by = models.CharField(max_length=80, blank=True)
    issued_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor"), gross_minor__gt=0), name="credit_note_sums"
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("requested_by")), name="credit_note_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "void"], number__isnull=True)
                | Q(state__in=["issued", "applied", "refunded"], number__isnull=False, issued_at__isnull=False),
                name="credit_note_numbered_when_issued",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-requested_at"], name="credit_notes_by_state"),
            models.Index(fields=["-requested_at"], name="credit_notes_latest"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)


class CreditNoteLine(ScopedModel):
    """What is taken back of one line. A trigger keeps the sum of them within the line."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credits")
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["credit_note", "invoice_line"], name="one_credit_a_line_and_note"),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor"), gross_minor__gt=0), name="credit_line_sums"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross_minor} of {self.invoice_line_id}"
