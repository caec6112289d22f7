"""One order of locks for money: the wallet, then the invoice, then the subscription and what hangs on them."""

from uuid import UUID

from billing.models.invoices import Invoice
from billing.services.spend_wallet import locked_wallet


def lock_invoice(*, invoice_id: UUID) -> Invoice:
    """Hold an invoice and, before it, its payer's wallet, in the caller's transaction. :raises Invoice.DoesNotExist:"""
    locked_wallet(billing_account=Invoice.objects.select_related("billing_account").get(pk=invoice_id).billing_account)
    return Invoice.objects.select_for_update(of=("self",)).select_related("billing_account").get(pk=invoice_id)
