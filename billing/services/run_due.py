"""The clock of billing: everything that fell due until now, in the order in which it fell due."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from billing.models.agreements import Subscription
from billing.models.invoices import Invoice, InvoiceState
from billing.services.close_period import close_period
from billing.services.collect_invoice import collect_invoice
from billing.services.end_agreements import end_agreements
from billing.services.give_gift import close_gifts

log = structlog.get_logger(__name__)


@dataclass
class Ran:
    """What one run did. ``stuck`` are ids whose work raised; the rest was done all the same."""

    closed: int = 0
    invoices: list[UUID] = field(default_factory=list)
    tried: int = 0
    stuck: set[UUID] = field(default_factory=set)


def run_due(*, now: datetime) -> Ran:
    """Close every month that is over and try every invoice whose hour has come, oldest first, until nothing is due.

    Safe to repeat and to interrupt. What is done depends on what fell due, not on when this runs: hour by hour or in
    one jump of a year gives the same invoices with the same numbers. One account that fails holds up no other.
    """
    end_agreements(now=now)
    ran = Ran()
    close_gifts(now=now)
    while (due := _next_due(now, ran.stuck)) is not None:
        try:
            if isinstance(due, Subscription):
                _close(ran, due, now)
            else:
                ran.tried += collect_invoice(invoice_id=due.pk, now=now) is not None
        except Exception:
            log.exception("billing_stuck", subject=str(due.pk))
            ran.stuck.add(due.pk)
    return ran


def _next_due(now: datetime, stuck: set[UUID]) -> Subscription | Invoice | None:
    over = Subscription.objects.filter(period_ends_at__lte=now).exclude(pk__in=stuck)
    to_try = Invoice.objects.filter(state=InvoiceState.OPEN, next_attempt_at__lte=now).exclude(pk__in=stuck)
    month = over.order_by("period_ends_at", "id").first()
    invoice = to_try.order_by("next_attempt_at", "id").first()
    if month is None or invoice is None:
        return month or invoice
    return month if _moment(month) <= _moment(invoice) else invoice


def _moment(row: Subscription | Invoice) -> datetime:
    moment = row.period_ends_at if isinstance(row, Subscription) else row.next_attempt_at
    assert moment is not None
    return moment


def _close(ran: Ran, month: Subscription, now: datetime) -> None:
    invoice = close_period(subscription_id=month.pk, now=now)
    ran.closed += 1
    if invoice is not None:
        ran.invoices.append(invoice.pk)
