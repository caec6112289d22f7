"""A change whose payment did not come: nothing has happened."""

from datetime import datetime

from billing.models.agreements import Subscription
from billing.models.changes import ChangeState, PlanChange
from billing.models.collection import OPEN_ATTEMPTS
from billing.models.invoices import Invoice
from billing.services.void_invoice import void_invoice
from control.audit.services import record_act


def withdraw_change(*, invoice: Invoice, now: datetime, why: str) -> bool:
    """Withdraw the change that waits for an invoice, and void it, in the caller's transaction; say whether one did."""
    change = PlanChange.objects.filter(invoice=invoice, state=ChangeState.WAITING).first()
    if change is None:
        return False
    change.state = ChangeState.WITHDRAWN
    change.save(update_fields=["state"])
    void_invoice(invoice=invoice, now=now)
    record_act(
        what="subscription.unchanged",
        actor="billing",
        now=now,
        merchant_id=invoice.billing_account.merchant_id,
        number=invoice.number,
        movement=change.movement,
        why=why,
    )
    return True


def withdraw_waiting(*, subscription: Subscription, now: datetime) -> None:
    """Withdraw a change that is still unpaid when the interval it was worked out for is over.

    A charge whose end is unknown is left alone: if its money does come, it becomes credit.
    """
    for change in subscription.changes.filter(state=ChangeState.WAITING).select_related("invoice"):
        invoice = change.invoice
        if invoice is not None and not invoice.attempts.filter(state__in=OPEN_ATTEMPTS).exists():
            withdraw_change(invoice=invoice, now=now, why="period over")
