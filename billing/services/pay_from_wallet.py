"""Fresh money in the wallet pays what is still open."""

from datetime import datetime

from billing.models.collection import OPEN_ATTEMPTS
from billing.models.invoices import Invoice, InvoiceState
from billing.models.ledger import Book
from billing.models.wallet import Wallet
from billing.services.judge_subscription import judge_subscription
from billing.services.post_entries import post_entries
from billing.services.spend_wallet import plan_spending, spend_wallet
from control.audit.services import record_act
from kit.ids import new_id


def pay_from_wallet(*, wallet: Wallet, now: datetime) -> int:
    """Pay the account's open invoices, the oldest first, as far as the wallet reaches; return what was paid.

    In the caller's transaction, which holds the wallet. An invoice whose card is being charged right now is left: the
    charge is for its whole amount.
    """
    owed = Invoice.objects.filter(billing_account_id=wallet.billing_account_id, state=InvoiceState.OPEN)
    paid = 0
    for invoice_id in list(owed.order_by("issued_at", "id").values_list("pk", flat=True)):
        invoice = Invoice.objects.select_for_update(of=("self",)).select_related("billing_account").get(pk=invoice_id)
        if invoice.state != InvoiceState.OPEN or invoice.attempts.filter(state__in=OPEN_ATTEMPTS).exists():
            continue
        paid += _pay(wallet, invoice, now)
    return paid


def _pay(wallet: Wallet, invoice: Invoice, now: datetime) -> int:
    spending = plan_spending(wallet=wallet, amount_minor=invoice.due_minor, at=now)
    settled = spending.wallet_minor + spending.credit_minor
    if not settled:
        return 0
    spend_wallet(spending=spending, invoice=invoice, at=now)
    if spending.credit_minor:
        post_entries(
            what="credit.used",
            subject_id=new_id(),
            billing_account=invoice.billing_account,
            currency=invoice.currency,
            at=now,
            entries={Book.MERCHANT_CREDIT: spending.credit_minor, Book.AR: -spending.credit_minor},
        )
    invoice.paid_minor += spending.wallet_minor
    invoice.credited_minor += spending.credit_minor
    lower_due(invoice=invoice, by_minor=settled, now=now)
    record_act(
        what="invoice.paid",
        actor="billing",
        now=now,
        merchant_id=invoice.billing_account.merchant_id,
        number=invoice.number,
        amount_minor=settled,
        currency=invoice.currency,
    )
    return settled


def lower_due(*, invoice: Invoice, by_minor: int, now: datetime) -> None:
    """Lower what a locked invoice is due; at nothing it is paid, and the subscription is judged anew."""
    invoice.due_minor -= by_minor
    if invoice.due_minor == 0:
        invoice.state, invoice.paid_at = InvoiceState.PAID, now
        invoice.overdue_since = invoice.next_attempt_at = None
    invoice.save(
        update_fields=[
            "paid_minor",
            "credited_minor",
            "due_minor",
            "state",
            "paid_at",
            "overdue_since",
            "next_attempt_at",
        ]
    )
    judge_subscription(billing_account=invoice.billing_account, now=now, reason=f"{invoice.number} settled")
