"""A try that brought no money."""

from datetime import datetime, time, timedelta

from billing.calendar import local_day
from billing.models.invoices import Invoice, InvoiceState
from billing.services.judge_subscription import judge_subscription
from billing.services.withdraw_change import withdraw_change
from control.audit.services import record_act
from kit.gateway.declines import is_hard_decline

RETRY_DAYS = (1, 3, 7, 14)  # after the invoice's day, at ten in the payer's morning
RETRY_HOUR = time(10)


def note_no_money(*, invoice: Invoice, now: datetime, failure_code: str) -> None:
    """Note that a try brought no money (or had no card), and plan the next, in the caller's transaction.

    A card that will never work is not tried again: the invoice waits for another one.
    """
    if invoice.state != InvoiceState.OPEN:
        return
    if withdraw_change(invoice=invoice, now=now, why=failure_code):
        return  # a change that is not paid has not happened: nobody is in arrears for it
    invoice.next_attempt_at = None if is_hard_decline(decline_code=failure_code) else _next_try(invoice)
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
    judge_subscription(billing_account=invoice.billing_account, now=now, reason=f"{invoice.number} unpaid")


def _next_try(invoice: Invoice) -> datetime | None:
    # the first try was at issue; after the n-th comes the n-th of RETRY_DAYS, counted from the invoice's own day
    if invoice.tries > len(RETRY_DAYS):
        return None
    zone = invoice.billing_account.zone
    day = local_day(invoice.issued_at, zone) + timedelta(days=RETRY_DAYS[max(invoice.tries, 1) - 1])
    return datetime.combine(day, RETRY_HOUR, tzinfo=zone)
