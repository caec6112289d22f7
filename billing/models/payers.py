"""Who pays for whom and since when: headquarters for its partners, and the lines that wait for its next invoice."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.agreements import BillingAccount, Phase
from billing.models.invoices import Invoice, LineKind
from billing.tax import taxed
from kit.tenancy.models import ScopedModel


class LinkStage(models.TextChoices):
    """asked -> agreed -> running -> end asked -> ending -> ended; asked may be withdrawn, so may the wish to end."""

    ASKED = "asked", _("待批准")
    WITHDRAWN = "withdrawn", _("已撤回")
    AGREED = "agreed", _("未开始")
    RUNNING = "running", _("代付中")
    END_ASKED = "end_asked", _("待批准结束")
    ENDING = "ending", _("即将结束")
    ENDED = "ended", _("已结束")


class PayerLink(ScopedModel):
    """One account pays for another from a local midnight on; who has none pays for itself.

    Counts once a second operator has approved it; from then on an exclusion constraint (migration 0007) refuses a
    second payer for the same instant. Both ends lie in the future when they are agreed, so no order changes hands.
    """

    child = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="payer_links")
    payer = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="child_links")
    pools_fees = models.BooleanField(default=True)  # its orders count on the payer's own fee tiers
    # what of each order's net stays with the payer, the rest is the store's; null: they share nothing
    payer_share_ppm = models.PositiveIntegerField(null=True)
    channel_fee_ppm = models.PositiveIntegerField(default=0)  # what the payment company keeps, taken off before sharing
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # exclusive
    reason = models.CharField(max_length=200)
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField()
    approved_by = models.CharField(max_length=254, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    # ending it is asked for by one person and approved by another, like beginning it
    end_wished_at = models.DateTimeField(null=True)
    end_requested_by = models.CharField(max_length=254, blank=True)
    end_approved_by = models.CharField(max_length=254, blank=True)
    # what the clock has done with it
    begun_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    added_piece = models.BooleanField(default=False)  # the payer holds one more city because of it

    class Meta:
        ordering: ClassVar = ["-requested_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("requested_by")), name="payer_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(end_approved_by="") | ~Q(end_approved_by=F("end_requested_by")),
                name="payer_end_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="payer_link_runs_forward"
            ),
            models.CheckConstraint(condition=~Q(child=F("payer")), name="nobody_is_linked_to_itself"),
            models.CheckConstraint(
                condition=Q(payer_share_ppm__isnull=True) | Q(payer_share_ppm__lte=1_000_000), name="share_of_a_whole"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["starts_at"], name="payer_links_to_begin", condition=Q(begun_at__isnull=True)),
            models.Index(fields=["ends_at"], name="payer_links_to_close", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.payer_id} for {self.child_id} from {self.starts_at:%Y-%m-%d}"

    @property
    def stage(self) -> LinkStage:
        """Where the agreement stands."""
        if self.approved_at is None:
            return LinkStage.WITHDRAWN if self.withdrawn_at else LinkStage.ASKED
        if self.closed_at is not None:
            return LinkStage.ENDED
        if self.ends_at is not None:
            return LinkStage.ENDING
        if self.end_wished_at is not None:
            return LinkStage.END_ASKED
        return LinkStage.RUNNING if self.begun_at else LinkStage.AGREED

    @property
    def last_moment(self) -> datetime | None:
        """The last instant it covers, agreed or wished for: the end is exclusive, and a page names the last day."""
        ends_at = self.ends_at or self.end_wished_at
        return ends_at - timedelta(microseconds=1) if ends_at else None

    @property
    def asked_by(self) -> str:
        """Who waits for a second person now; empty when nobody does."""
        if self.stage == LinkStage.ASKED:
            return self.requested_by
        return self.end_requested_by if self.stage == LinkStage.END_ASKED else ""


class WaitingLine(ScopedModel):
    """What one store costs its payer and is on no invoice yet: the payer's next one takes it in."""

    payer = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="waiting_lines")
    section = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="+")  # the store it is for
    kind = models.CharField(max_length=12, choices=LineKind.choices)
    source = models.CharField(max_length=120)
    phase = models.ForeignKey(Phase, null=True, on_delete=models.PROTECT, related_name="+")
    service_starts_at = models.DateTimeField()
    service_ends_at = models.DateTimeField()
    quantity = models.PositiveIntegerField()
    gross_minor = models.BigIntegerField()
    tax_ppm = models.PositiveIntegerField()
    tax_inclusive = models.BooleanField(default=True, db_default=True)
    due_at = models.DateTimeField()
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "kind"], name="waits_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payer", "due_at"], name="lines_waiting", condition=Q(invoice__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.gross_minor}"

    @property
    def payable_minor(self) -> int:
        """What it will add to the invoice, tax and all."""
        return taxed(self.gross_minor, ppm=self.tax_ppm, inclusive=self.tax_inclusive).gross_minor
