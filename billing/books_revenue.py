"""Proving that what was paid ahead is either delivered or still deferred, row by row.

R1 deferred revenue is the sum of what is undelivered · R2 the days are what the books say was earned · R3 each line is
delivered as far as its days went.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from billing.models.agreements import BillingAccount
from billing.models.ledger import Book, LedgerEntry
from billing.models.revenue import LineRevenue, RevenueDay
from billing.recognition import delivered
from billing.takings import deferred_of, prepaid_lines, takings_of
from kit.books import Finding
from kit.tenancy import in_control


def check(now: datetime) -> list[Finding]:
    """Check every invariant of recognition and return what breaks one; an empty list is the proof."""
    with in_control():
        return [*_deferred(), *_days(), *_lines()]


def _deferred() -> Iterator[Finding]:
    booked = _booked([Book.DEFERRED_REVENUE])
    earned = dict(LineRevenue.objects.values_list("billing_account").annotate(total=Sum("delivered_minor")))
    for billing_account in BillingAccount.objects.order_by("id"):
        lines = list(
            prepaid_lines().filter(invoice__billing_account=billing_account).select_related("invoice__billing_account")
        )
        takings = takings_of(lines)
        due = sum(
            deferred_of(line) - sum(taking.amount_minor for taking in takings.get(line.pk, [])) for line in lines
        ) - earned.get(billing_account.pk, 0)
        held = -booked.get(billing_account.pk, 0)
        if held != due:
            yield Finding("R1", "", str(billing_account.pk), f"deferred {held}, undelivered {due}")


def _days() -> Iterator[Finding]:
    booked = _booked([Book.REVENUE_SUBSCRIPTION, Book.REVENUE_ADD_ON])
    days: dict[UUID, int] = defaultdict(int)
    rows = RevenueDay.objects.values_list("billing_account").annotate(
        plans=Sum("subscription_minor"), add_ons=Sum("add_on_minor")
    )
    for account, plans, add_ons in rows:
        days[account] += plans + add_ons
    for account in {*booked, *days}:
        if -booked.get(account, 0) != days.get(account, 0):
            yield Finding("R2", "", str(account), f"booked {-booked.get(account, 0)}, its days {days.get(account, 0)}")


def _lines() -> Iterator[Finding]:
    rows = list(LineRevenue.objects.select_related("line__invoice__billing_account").order_by("id"))
    takings = takings_of([row.line for row in rows])
    for row in rows:
        known, seen = [], 0
        for taking in takings.get(row.line_id, []):  # those that had come when its days were posted
            if seen == row.taken_minor:
                break
            known.append(taking)
            seen += taking.amount_minor
        due = delivered(
            row.amount_minor, starts_on=row.starts_on, ends_on=row.ends_on, through=row.through, takings=known
        )
        if due != row.delivered_minor:
            yield Finding("R3", "", row.line.source, f"delivered {row.delivered_minor} by {row.through}, due {due}")


def _booked(books: list[Book]) -> dict[UUID, int]:
    rows = LedgerEntry.objects.filter(ledger_account__book__in=books).values_list("ledger_account__billing_account")
    return dict(rows.annotate(total=Sum("amount_minor")))
