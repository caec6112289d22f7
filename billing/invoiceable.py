"""How much of an invoice a 发票 may still be made out for: what was paid in money, less what went back."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Sum

from billing.models.credits import CreditNote, CreditNoteState, Destination
from billing.models.fapiao import FapiaoShare, FapiaoState
from billing.models.invoices import Invoice
from billing.models.reversals import CardRefund, Dispute, RefundState
from billing.models.wallet import LotKind, WalletUse

COVERING = (FapiaoState.REQUESTED, FapiaoState.ISSUED, FapiaoState.REVERSED)


def cash_kept(invoices: Iterable[Invoice]) -> dict[UUID, int]:
    """Say for each invoice what was paid in money and not given back: gifts and credit are no ground for a 发票.

    Four queries, however many invoices. Runs in the control plane.
    """
    page = list(invoices)
    other = dict.fromkeys((invoice.pk for invoice in page), 0)
    for invoice in page:
        other[invoice.pk] = invoice.paid_minor  # whatever way money came: charges, transfers, the wallet
    given = WalletUse.objects.filter(invoice__in=other, lot__kind=LotKind.PROMO)
    back = CreditNote.objects.filter(
        invoice__in=other, state__in=[CreditNoteState.ISSUED, CreditNoteState.APPLIED, CreditNoteState.REFUNDED]
    ).exclude(destination=Destination.OFFSET)
    for rows, amount in ((given, Sum("amount_minor")), (back, Sum(F("gross_minor") - F("promo_minor")))):
        for invoice_id, total in rows.values_list("invoice_id").annotate(total=amount):
            other[invoice_id] -= total
    return {invoice_id: max(0, amount) for invoice_id, amount in other.items()}


def covered(invoice_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Say how much of each invoice is on 发票 that were asked for or issued, less what was reversed in red."""
    shares = FapiaoShare.objects.filter(invoice__in=list(invoice_ids), fapiao__state__in=COVERING)
    return dict(shares.values_list("invoice_id").annotate(total=Sum(F("amount_minor") - F("reversed_minor"))))


def invoiceable(invoices: Iterable[Invoice]) -> dict[UUID, int]:
    """Say for each invoice how much may still be asked for: not what a bank holds, nor what went back without a note.

    What is on a 发票 already stays on it: a dispute may be won, and the sale was made.
    """
    kept = cash_kept(invoices)
    taken = covered(kept)
    held = Dispute.objects.filter(attempt__invoice__in=kept)
    gone = CardRefund.objects.filter(attempt__invoice__in=kept, credit_note=None, state=RefundState.SUCCEEDED)
    for rows, amount in ((held, Sum(F("withdrawn_minor") - F("returned_minor"))), (gone, Sum("amount_minor"))):
        for invoice_id, total in rows.values_list("attempt__invoice").annotate(total=amount):
            kept[invoice_id] -= total
    return {invoice_id: max(0, amount - taken.get(invoice_id, 0)) for invoice_id, amount in kept.items()}
