"""The clock of billing: everything that fell due until now, in the order in which it fell due."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, InternalError, transaction

from billing.models.agreements import Subscription
from billing.models.dunning import DunningCase
from billing.models.invoices import Invoice, InvoiceState
from billing.models.parking import ParkedAccount, ParkingCause
from billing.models.payers import PayerLink
from billing.services.close_period import close_period
from billing.services.collect_invoice import collect_invoice
from billing.services.end_agreements import end_agreements
from billing.services.give_gift import close_gifts
from billing.services.judge_subscription import judge_subscription
from billing.services.keep_time import keep_time
from billing.services.park_account import IllegalBilling, park_account
from billing.services.tell_payer import tell_payers
from billing.services.turn_payer import begin_link, close_link

log = structlog.get_logger(__name__)
# What no retry heals: our own rules broken, or the database refusing what must not be
_ILLEGAL = (IllegalBilling, IntegrityError, InternalError, AssertionError)
_Due = Subscription | PayerLink | Invoice | DunningCase
_TOGETHER = 100  # months of one instant that are found at once


@dataclass
class Ran:
    """What one run did. ``stuck`` are ids whose work raised; ``parked`` accounts are left alone until released."""

    closed: int = 0
    invoices: list[UUID] = field(default_factory=list)
    tried: int = 0
    steps: int = 0
    letters: int = 0
    stuck: set[UUID] = field(default_factory=set)
    parked: list[UUID] = field(default_factory=list)


def run_due(*, now: datetime) -> Ran:
    """Close every month that is over, try every invoice whose hour has come and take every step of the dunning
    schedule, oldest first, until nothing is due; then write to whoever has to know.

    Safe to repeat and to interrupt. What is done depends on what fell due, not on when this runs: hour by hour or in
    one jump of a year gives the same invoices with the same numbers. One account that fails holds up no other; one
    that breaks a rule is parked.

    :raises ClockMovedBack: nothing is done.
    """
    keep_time(now=now)
    end_agreements(now=now)
    ran = Ran()
    close_gifts(now=now)
    while dues := _next_dues(now, ran.stuck):
        _work_off(dues, ran, now)
    ran.letters = tell_payers(now=now)
    return ran


def _work_off(dues: Sequence[_Due], ran: Ran, now: datetime) -> None:
    for due in dues:
        if _account_of(due) in ran.parked:
            continue
        try:
            _do(ran, due)
        except _ILLEGAL as fault:
            log.exception("billing_parked", subject=str(due.pk))
            cause = fault.cause if isinstance(fault, IllegalBilling) else ParkingCause.ILLEGAL_STATE
            park_account(billing_account_id=_account_of(due), cause=cause, detail=_told_by(fault), now=now)
            ran.parked.append(_account_of(due))
        except Exception:
            log.exception("billing_stuck", subject=str(due.pk))
            ran.stuck.add(due.pk)


def _next_dues(now: datetime, stuck: set[UUID]) -> Sequence[_Due]:
    """Find what fell due first. Months that end at one instant come together: closing one makes none of them due
    before the others, and a thousand end at midnight.
    """
    parked = ParkedAccount.objects.filter(released_at=None).values("billing_account")
    over = Subscription.objects.filter(period_ends_at__lte=now).exclude(pk__in=stuck)
    over = over.exclude(billing_account__in=parked).order_by("period_ends_at", "id")
    to_try = Invoice.objects.filter(state=InvoiceState.OPEN, next_attempt_at__lte=now)
    to_step = DunningCase.objects.filter(closed_at=None, next_step_at__lte=now)
    agreed = PayerLink.objects.filter(approved_at__isnull=False).exclude(pk__in=stuck).exclude(child__in=parked)
    to_begin = agreed.filter(begun_at__isnull=True, starts_at__lte=now)
    to_close = agreed.filter(begun_at__isnull=False, closed_at__isnull=True, ends_at__lte=now)
    due: list[_Due | None] = [
        over.first(),
        to_close.order_by("ends_at", "id").first(),
        to_begin.order_by("starts_at", "id").first(),
        to_try.exclude(pk__in=stuck).exclude(billing_account__in=parked).order_by("next_attempt_at", "id").first(),
        to_step.exclude(pk__in=stuck).exclude(billing_account__in=parked).order_by("next_step_at", "id").first(),
    ]
    first = min((row for row in due if row is not None), key=_moment, default=None)  # of equals: in this order
    if isinstance(first, Subscription):
        return list(over.filter(period_ends_at=first.period_ends_at)[:_TOGETHER])
    return [first] if first else []


def _moment(row: _Due) -> datetime:
    if isinstance(row, Subscription):
        moment = row.period_ends_at
    elif isinstance(row, PayerLink):
        moment = row.starts_at if row.begun_at is None else row.ends_at
    else:
        moment = row.next_attempt_at if isinstance(row, Invoice) else row.next_step_at
    assert moment is not None
    return moment


def _do(ran: Ran, due: _Due) -> None:
    # As of the moment it fell due: a run that comes late finds the same stages in the same order
    moment = _moment(due)
    if isinstance(due, Subscription):
        invoice = close_period(subscription_id=due.pk, now=moment)
        ran.closed += 1
        if invoice is not None:
            ran.invoices.append(invoice.pk)
    elif isinstance(due, PayerLink):
        (begin_link if due.begun_at is None else close_link)(link_id=due.pk, now=moment)
    elif isinstance(due, Invoice):
        ran.tried += collect_invoice(invoice_id=due.pk, now=moment) is not None
    else:
        with transaction.atomic(durable=True):
            judge_subscription(billing_account=due.billing_account, now=moment, reason=f"dunning {due.next_step}")
        ran.steps += 1


def _account_of(due: _Due) -> UUID:
    return due.child_id if isinstance(due, PayerLink) else due.billing_account_id


def _told_by(fault: Exception) -> str:
    return f"{fault.code}: {fault.facts}" if isinstance(fault, IllegalBilling) else repr(fault)
