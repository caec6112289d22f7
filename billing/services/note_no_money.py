"""A try that brought no money."""

from datetime import datetime

from billing.calendar import local_day
from billing.dunning import retry_at
from billing.models.dunning import DunningCase
from billing.models.invoices import Invoice, InvoiceState
from billing.services.judge_subscription import judge_subscription
from billing.services.pay_from_wallet import pay_from_wallet
from billing.services.spend_wallet import locked_wallet
from billing.services.withdraw_change import withdraw_change
from control.audit.services import record_act
from kit.gateway.declines import may_retry_alone


def note_no_money(*, invoice: Invoice, now: datetime, failure_code: str) -> None:
    """Note that a try brought no money (or had no card), and plan the next, in the caller's transaction.

    A card that will never work, or that wants its owner present, is not tried again by the clock: the invoice waits
    for another card, or for somebody to pay by hand.
    """
    if invoice.state != InvoiceState.OPEN:
        return
    if withdraw_change(invoice=invoice, now=now, why=failure_code):
        return  # a change that is not paid has not happened: nobody is in arrears for it
    invoice.next_attempt_at = _next_try(invoice) if may_retry_alone(decline_code=failure_code) else None
    invoice.overdue_since = invoice.overdue_since or now
    invoice.save(update_fields=["next_attempt_at", "overdue_since", "tries"])
    record_act(
        what="invoice.unpaid",
        actor="billing",
        now=now,
        merchant_id=invoice.billing_account.merchant_id,
        number=invoice.number,
        why=failure_code,
    )
    # What came in while the card was asked was put by: it was being charged for the whole
    pay_from_wallet(wallet=locked_wallet(billing_account=invoice.billing_account), now=now)
    judge_subscription(billing_account=invoice.billing_account, now=now, reason=f"{invoice.number} unpaid")


def _next_try(invoice: Invoice) -> datetime | None:
    # the first try was at issue; after the n-th comes the n-th of the schedule, counted from the invoice's own day
    zone = invoice.billing_account.zone
    case = DunningCase.objects.filter(billing_account=invoice.billing_account, closed_at=None).first()
    return retry_at(
        local_day(invoice.issued_at, zone),
        tries=invoice.tries,
        shift_days=case.shift_days if case else 0,
        zone=zone,
    )
