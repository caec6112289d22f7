"""Proving the platform's books over everything there is, row by row. `linli check_books` prints what it finds.

B1 every ledger transaction balances · B2 receivables are what open invoices are due · B3 and C1 to C5 card and bank
money (cash_books.py) · B4 an invoice is the sum of its lines and one a period · B5 invoice numbers are dense ·
B6 a fee line is the sum of its orders' fees · B7 every paid order of a store is a usage event (or waits in the
outbox), with its amount · B8 nothing waits for a person or is lost: unrated events, charges unknown for a day ·
S1 grants are what phases, add-ons and gifts give, and the store obeys their sum · S2 a change that is done was charged
what its quote showed · M1 the figures kept by the day are what they are when worked out anew (metric_books.py).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Greatest

from billing.cash_books import check_cash
from billing.entitlements import derive, granted, limits_at
from billing.metric_books import check_metrics
from billing.models.agreements import BillingAccount
from billing.models.changes import ChangeState, PlanChange
from billing.models.collection import OPEN_ATTEMPTS, ChargeAttempt
from billing.models.invoices import OFF, Invoice, InvoiceLine, InvoiceState, listed
from billing.models.ledger import Book, LedgerEntry
from billing.models.metering import ORDER_PAID, FeeKind, RatedFee, UsageEvent
from billing.selectors import working_stores
from kit.books import Finding
from kit.tenancy import StoreRef, in_control, in_store
from tenants.journal.models import OutboxFact
from tenants.orders.models import Order

_LONG = timedelta(days=1)


def check(now: datetime) -> list[Finding]:
    """Check every invariant and return what breaks one; an empty list is the proof."""
    with in_control():
        findings = [
            *_unbalanced(),
            *_receivables(),
            *check_cash(),
            *_invoice_sums(),
            *_doubled_periods(),
            *_number_gaps(),
            *_fee_sums(),
            *_waiting(now),
            *_grants(now),
            *_changes(),
            *check_metrics(),
        ]
        stores = working_stores()
    return [*findings, *(finding for store in stores for finding in _usage_of(store))]


def _unbalanced() -> Iterator[Finding]:
    sums = LedgerEntry.objects.values("transaction_id", "currency").annotate(total=Sum("amount_minor"))
    for row in sums.exclude(total=0):
        yield Finding("B1", "", str(row["transaction_id"]), f"sums to {row['total']} {row['currency']}")


def _receivables() -> Iterator[Finding]:
    booked = _by_account(LedgerEntry.objects.filter(ledger_account__book=Book.AR), "ledger_account__billing_account")
    owed = dict(
        Invoice.objects.filter(state=InvoiceState.OPEN).values_list("billing_account").annotate(total=Sum("due_minor"))
    )
    for account in booked.keys() | owed.keys():
        if booked.get(account, 0) != owed.get(account, 0):
            sentence = f"receivable {booked.get(account, 0)}, invoices are due {owed.get(account, 0)}"
            yield Finding("B2", "", str(account), sentence)


def _by_account(rows: QuerySet[Any], account: str) -> dict[object, int]:
    return dict(rows.values_list(account).annotate(total=Sum("amount_minor")))


def _invoice_sums() -> Iterator[Finding]:
    sums = Invoice.objects.annotate(
        net=Sum("lines__net_minor"),
        tax=Sum("lines__tax_minor"),
        gross=Sum("lines__gross_minor"),
        off=Sum("lines__discount_minor"),
    )
    sums = sums.annotate(cut=-Sum("lines__net_minor", filter=Q(lines__kind__in=OFF), default=0))
    net, off = F("subtotal_minor") - F("discount_minor"), F("discount_minor") - F("cut")
    for invoice in sums.exclude(net=net, tax=F("tax_minor"), gross=F("total_minor"), off=off):
        yield Finding("B4", "", invoice.number, f"says {invoice.total_minor}, its lines {invoice.gross}")


def _doubled_periods() -> Iterator[Finding]:
    living = Invoice.objects.exclude(state=InvoiceState.VOID)
    periods = living.values("billing_account", "kind", "period_starts_at").annotate(count=Count("id"))
    for row in periods.filter(count__gt=1):
        yield Finding("B4", "", str(row["billing_account"]), f"{row['count']} invoices of {row['period_starts_at']}")


def _number_gaps() -> Iterator[Finding]:
    by_year: dict[str, list[int]] = {}
    for number in Invoice.objects.order_by("number").values_list("number", flat=True):
        series, _dash, last = number.partition("-")
        by_year.setdefault(series, []).append(int(last))
    for series, numbers in by_year.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield Finding("B5", "", series, f"{len(numbers)} invoices up to number {max(numbers)}")


def _fee_sums() -> Iterator[Finding]:
    lines = InvoiceLine.objects.filter(kind__in=[FeeKind.FEE, FeeKind.REVERSAL]).annotate(
        total=Sum("fees__amount_minor")
    )
    for line in lines.exclude(total=listed()).select_related("invoice"):
        yield Finding("B6", "", line.invoice.number, f"fee line {line.gross_minor}, its orders {line.total}")
    for fee in RatedFee.objects.exclude(merchant_id=F("event__merchant_id")):
        yield Finding("B6", "", str(fee.pk), "fee of another merchant's event")


def _waiting(now: datetime) -> Iterable[Finding]:
    for event in UsageEvent.objects.exclude(problem=""):
        yield Finding("B8", "", event.event_key, f"cannot be rated: {event.problem}")
    for event in UsageEvent.objects.filter(problem="", waiting=None, fees=None):
        yield Finding("B8", "", event.event_key, "neither rated nor waiting for it")
    for attempt in ChargeAttempt.objects.filter(state__in=OPEN_ATTEMPTS, created_at__lt=now - _LONG):
        yield Finding("B8", "", attempt.key, f"still {attempt.state} after a day")


def _grants(now: datetime) -> Iterator[Finding]:
    for billing_account in BillingAccount.objects.select_related("merchant").order_by("id"):
        due, known = set(derive(billing_account=billing_account)), set(granted(billing_account=billing_account))
        for grant in due ^ known:
            yield Finding("S1", "", str(grant.source_id), f"{grant.what} {'missing' if grant in due else 'unfounded'}")
        # billing speaks up at boundaries and changes: until its clock has run, the last word stands
        late = (
            billing_account.subscriptions.filter(period_ends_at__lte=now).exists()
            or billing_account.gifts.filter(ends_at__lte=now, closed_at=None).exists()
        )
        limits = limits_at(due, now)
        if limits is not None and not late and billing_account.merchant.limits != limits:
            yield Finding("S1", billing_account.merchant.slug, "limits", f"{billing_account.merchant.limits} obeyed")


def _changes() -> Iterator[Finding]:
    done = PlanChange.objects.filter(state=ChangeState.DONE)
    wrong = done.exclude(invoice=None).exclude(invoice__total_minor=Greatest(F("total_minor"), 0))
    for change in wrong.select_related("invoice"):
        assert change.invoice is not None
        yield Finding("S2", "", change.invoice.number, f"quoted {change.total_minor}, is {change.invoice.total_minor}")
    for change in done.filter(invoice=None).exclude(total_minor=0):
        yield Finding("S2", "", str(change.pk), f"quoted {change.total_minor}, never invoiced")


def _usage_of(store: StoreRef) -> Iterator[Finding]:
    with in_control():
        events = UsageEvent.objects.filter(merchant_id=store.merchant_id, meter=ORDER_PAID)
        known = dict(events.values_list("event_key", "amount_minor"))
    with in_store(store):
        facts = OutboxFact.objects.filter(meter=ORDER_PAID)
        known.update(facts.values_list("event_key", "amount_minor"))
        orders = {f"order_paid:{pk}": paid for pk, paid in _paid_orders()}
    for key in known.keys() ^ orders.keys():
        yield Finding(
            "B7", store.slug, key, "paid order without usage" if key in orders else "usage without paid order"
        )
    for key in known.keys() & orders.keys():
        if known[key] != orders[key]:
            yield Finding("B7", store.slug, key, f"order of {orders[key]}, usage says {known[key]}")


def _paid_orders() -> Iterable[tuple[object, int | None]]:
    yield from Order.objects.filter(paid_at__isnull=False).values_list("pk", "total_minor")
    # of an order whose balance never came, the deposit that the shop keeps
    yield from Order.objects.filter(deposit_kept_at__isnull=False).values_list("pk", "deposit_minor")
