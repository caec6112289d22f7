"""What a store costs whoever pays for it: put by for the payer's next invoice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from billing.drafts import DraftLine
from billing.models.agreements import BillingAccount, Subscription
from billing.models.invoices import Invoice, InvoiceKind, LineKind
from billing.models.payers import WaitingLine
from billing.services.issue_invoice import issue_invoice


def charge_payer(*, payer: BillingAccount, section: BillingAccount, drafts: Sequence[DraftLine], at: datetime) -> None:
    """Put lines by for a payer's next invoice, in the caller's transaction; amounts below zero lower it.

    A payer whose months no longer run has no next invoice: it gets one at once. ``section`` is the store they are
    for, which may be the payer's own.
    """
    lines = [draft for draft in drafts if draft.gross_minor]
    if not lines:
        return
    waiting = WaitingLine.objects.bulk_create(
        WaitingLine(
            payer=payer,
            section=section,
            kind=draft.kind,
            source=draft.source,
            phase=draft.phase,
            service_starts_at=draft.service_starts_at,
            service_ends_at=draft.service_ends_at,
            quantity=draft.quantity,
            gross_minor=draft.gross_minor,
            tax_ppm=draft.tax_ppm,
            tax_inclusive=draft.tax_inclusive,
            due_at=at,
        )
        for draft in lines
    )
    if Subscription.objects.filter(billing_account=payer, period_ends_at__isnull=False).exists():
        return
    invoice = issue_invoice(
        billing_account=payer,
        boundary=moment_of_its_own(payer, at),
        issued_at=at,
        drafts=[_draft_of(line) for line in waiting],
        kind=InvoiceKind.PAYER,
    )
    WaitingLine.objects.filter(pk__in=[line.pk for line in waiting]).update(invoice=invoice)


def waiting_drafts(*, payer: BillingAccount, until: datetime) -> list[DraftLine]:
    """Draft what waits for a payer's invoice at a boundary."""
    return [_draft_of(line) for line in _waiting(payer, until).select_related("phase__price").order_by("due_at", "id")]


def close_waiting(*, payer: BillingAccount, until: datetime, invoice: Invoice | None) -> None:
    """Note on which invoice the waiting lines went, in the caller's transaction; without one they go on waiting."""
    if invoice is not None:
        _waiting(payer, until).update(invoice=invoice)


def moment_of_its_own(payer: BillingAccount, at: datetime) -> datetime:
    """Find a moment for an invoice about a payer's change; two in one instant are two invoices all the same."""
    told = Invoice.objects.filter(billing_account=payer, kind=InvoiceKind.PAYER, period_starts_at__gte=at)
    last = told.order_by("-period_starts_at").first()
    return last.period_starts_at + timedelta(microseconds=1) if last else at


def _waiting(payer: BillingAccount, until: datetime) -> QuerySet[WaitingLine]:
    return WaitingLine.objects.filter(payer=payer, invoice__isnull=True, due_at__lte=until)


def _draft_of(line: WaitingLine) -> DraftLine:
    return DraftLine(
        kind=LineKind(line.kind),
        source=line.source,
        phase=line.phase,
        service_starts_at=line.service_starts_at,
        service_ends_at=line.service_ends_at,
        quantity=line.quantity,
        gross_minor=line.gross_minor,
        tax_ppm=line.tax_ppm,
        tax_inclusive=line.tax_inclusive,
        section_id=line.section_id if line.section_id != line.payer_id else None,
    )
