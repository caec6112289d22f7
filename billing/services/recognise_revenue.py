"""Revenue by the day: what was paid ahead becomes earned, one posting a payer and day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, Sum

from billing.calendar import local_day, midnight, next_midnight
from billing.models.agreements import BillingAccount, Subscription
from billing.models.credits import CreditNoteState
from billing.models.invoices import InvoiceState
from billing.models.ledger import Book, LedgerAccount, LedgerEntry, LedgerTransaction
from billing.models.revenue import LineRevenue, RevenueDay
from billing.recognition import Taking, delivered
from billing.takings import book_of, deferred_of, prepaid_lines, takings_of

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_ISSUED = (CreditNoteState.ISSUED, CreditNoteState.APPLIED, CreditNoteState.REFUNDED)


def recognise_revenue(*, now: datetime) -> int:
    """Post every local day that is over and not posted yet; return how many days of how many payers were.

    Safe to repeat and to interrupt. A jump of a year posts the same days as a year of daily runs. A payer whose
    months the billing clock has not closed yet waits for it, so that no line comes too late for its day.
    """
    posted = 0
    for account_id in sorted(_accounts(now)):
        with transaction.atomic(durable=True):
            posted += _earn(BillingAccount.objects.select_for_update().get(pk=account_id), now)
    return posted


def _accounts(now: datetime) -> set[UUID]:
    fresh = prepaid_lines().filter(revenue__isnull=True).values_list("invoice__billing_account", flat=True)
    to_come = LineRevenue.objects.filter(is_done=False).values_list("billing_account", flat=True)
    finished = LineRevenue.objects.filter(is_done=True)
    credited = Sum("line__credits__net_minor", filter=Q(line__credits__credit_note__state__in=_ISSUED), default=0)
    given_back = finished.annotate(credited=credited).filter(credited__gt=F("taken_minor"))
    voided = finished.filter(line__invoice__state=InvoiceState.VOID).exclude(taken_minor=F("amount_minor"))
    late = set(Subscription.objects.filter(period_ends_at__lte=now).values_list("billing_account", flat=True))
    touched = [rows.values_list("billing_account", flat=True) for rows in (given_back, voided)]
    return {*fresh, *to_come, *touched[0], *touched[1]} - late


def _earn(billing_account: BillingAccount, now: datetime) -> int:
    _take_in(billing_account)
    rows = list(
        LineRevenue.objects.filter(billing_account=billing_account)
        .select_for_update(of=("self",))
        .select_related("line__invoice__billing_account")
        .order_by("id")
    )
    takings = takings_of([row.line for row in rows])
    moving = [row for row in rows if not row.is_done or row.taken_minor != _sum(takings.get(row.line_id, []))]
    today = local_day(now, billing_account.zone)
    last = RevenueDay.objects.filter(billing_account=billing_account).order_by("-day").first()
    first = min((row.through for row in moving), default=today)
    if last is not None:
        first = max(min(first, today), last.day + DAY)
    days = []
    while first < today:
        earned = _earned_on(first, moving, takings)
        if any(earned.values()):
            days.append(
                RevenueDay(
                    billing_account=billing_account,
                    day=first,
                    currency=billing_account.currency,
                    subscription_minor=earned[Book.REVENUE_SUBSCRIPTION],
                    add_on_minor=earned[Book.REVENUE_ADD_ON],
                )
            )
        first += DAY
    LineRevenue.objects.bulk_update(moving, ["delivered_minor", "taken_minor", "through", "is_done"])
    _post(billing_account, RevenueDay.objects.bulk_create(days))
    return len(days)


def _take_in(billing_account: BillingAccount) -> None:
    fresh = prepaid_lines().filter(revenue__isnull=True, invoice__billing_account=billing_account)
    zone = billing_account.zone
    LineRevenue.objects.bulk_create(
        LineRevenue(
            line=line,
            billing_account=billing_account,
            book=book_of(line),
            amount_minor=deferred_of(line),
            starts_on=local_day(line.service_starts_at, zone),
            ends_on=local_day(line.service_ends_at, zone),
            through=local_day(line.service_starts_at, zone),
        )
        for line in fresh.order_by("id")
    )


def _earned_on(day: date, rows: Sequence[LineRevenue], takings: dict[UUID, list[Taking]]) -> dict[Book, int]:
    earned = {Book.REVENUE_SUBSCRIPTION: 0, Book.REVENUE_ADD_ON: 0}
    through = day + DAY
    for row in rows:
        of_line = [taking for taking in takings.get(row.line_id, []) if taking.on <= day]
        if row.starts_on > day and not of_line:
            continue
        now_delivered = delivered(
            row.amount_minor, starts_on=row.starts_on, ends_on=row.ends_on, through=through, takings=of_line
        )
        earned[Book(row.book)] += now_delivered - row.delivered_minor
        row.delivered_minor, row.taken_minor = now_delivered, _sum(of_line)
        row.through = max(row.through, through)
        row.is_done = row.ends_on <= through or row.delivered_minor == row.amount_minor - row.taken_minor
    return earned


def _post(billing_account: BillingAccount, days: Sequence[RevenueDay]) -> None:
    if not days:
        return
    books = {
        book: LedgerAccount.objects.get_or_create(
            billing_account=billing_account, book=book, currency=billing_account.currency
        )[0]
        for book in (Book.DEFERRED_REVENUE, Book.REVENUE_SUBSCRIPTION, Book.REVENUE_ADD_ON)
    }
    zone = billing_account.zone
    posted = LedgerTransaction.objects.bulk_create(
        LedgerTransaction(
            what="revenue.day", subject_id=day.pk, at=next_midnight(midnight(day.day, zone), zone) - _INSTANT
        )
        for day in days
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            transaction=moved, ledger_account=books[book], amount_minor=amount, currency=billing_account.currency
        )
        for moved, day in zip(posted, days, strict=True)
        for book, amount in (
            (Book.DEFERRED_REVENUE, day.subscription_minor + day.add_on_minor),
            (Book.REVENUE_SUBSCRIPTION, -day.subscription_minor),
            (Book.REVENUE_ADD_ON, -day.add_on_minor),
        )
        if amount
    )


def _sum(takings: Sequence[Taking]) -> int:
    return sum(taking.amount_minor for taking in takings)
