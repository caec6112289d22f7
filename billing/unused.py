"""What the days of an interval that are not used yet are worth: never more than was charged for them, and was paid.

An invoice may charge less than a plan costs: an operator took something off its lines. A credit note may have given
part of a line back, a written-off invoice was never paid, a bank may hold a disputed charge. None of it comes back as
credit when a plan is changed or ended early.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, Sum

from billing.calendar import Period, local_day, midnight
from billing.models.addons import SubscriptionItem
from billing.models.agreements import Phase
from billing.models.credits import CreditNoteState
from billing.models.invoices import Invoice, InvoiceLine, InvoiceState, LineKind
from billing.models.reversals import Dispute
from billing.proration import part_of
from billing.renewals import net_of


@dataclass(frozen=True, slots=True)
class Unused:
    """What comes back of a plan and of each of its add-ons, in minor units as listed; none below zero."""

    plan_minor: int
    items_minor: tuple[int, ...]


class Rest:
    """The days of a phase's interval from one of them on, as they were invoiced."""

    def __init__(self, phase: Phase, interval: Period, day: date) -> None:
        self.phase, self.interval, self.day = phase, interval, day
        self.zone = phase.subscription.billing_account.zone
        self.lines = list(_lines(phase, ends_at=interval.ends_at(self.zone), moment=midnight(day, self.zone)))

    def of_plan(self) -> int:
        """Return what the plan's days cost after its coupon and after what was taken off its line."""
        return self._cost(net_of(self.phase, self.interval), self._plan_lines())

    def of_item(self, item: SubscriptionItem) -> int:
        """Return what an add-on's days cost after what was taken off its line."""
        return self._cost(item.amount_minor, self._item_lines(item))

    def unused(self, items: Sequence[SubscriptionItem], *, with_plan: bool = True) -> Unused:
        """Return what comes back of these days: what they cost, as far as it was not given back, and was paid."""
        told = [self._left(self.of_plan(), self._plan_lines())] if with_plan else [0]
        told += [self._left(self.of_item(item), self._item_lines(item)) for item in items]
        owed = _never_paid({line.invoice_id for line in self.lines})
        backs = []
        for amount in told:
            backs.append(max(0, amount - owed))
            owed = max(0, owed - amount)
        return Unused(backs[0], tuple(backs[1:]))

    def _plan_lines(self) -> list[InvoiceLine]:
        plans = [line for line in self.lines if line.kind == LineKind.SUBSCRIPTION]
        if not plans:
            return []
        last = plans[-1]  # a new payer's line, say, after the old one's
        coupons = [line for line in self.lines if line.kind == LineKind.DISCOUNT]
        return [last, *(line for line in coupons if line.service_starts_at == last.service_starts_at)]

    def _item_lines(self, item: SubscriptionItem) -> list[InvoiceLine]:
        return [line for line in self.lines if line.kind == LineKind.ADD_ON and str(item.pk) in line.source][-1:]

    def _cost(self, whole_minor: int, lines: Sequence[InvoiceLine]) -> int:
        if not any(line.discount_minor for line in lines):
            return self._part(whole_minor, self.interval)
        # The line's own net amount over its own days: the rounding is the line's, and all of it is what was charged
        own = Period(local_day(lines[0].service_starts_at, self.zone), self.interval.ends_on)
        return self._part(sum(_base(line) for line in lines), own)

    def _part(self, whole_minor: int, period: Period) -> int:
        first = (self.day - period.starts_on).days
        return part_of(whole_minor, first=first, until=period.days, days=period.days)

    def _left(self, amount_minor: int, lines: Sequence[InvoiceLine]) -> int:
        back = sum(_given_back(line) for line in lines)
        return min(amount_minor, sum(_base(line) for line in lines) - back) if back else amount_minor


def _lines(phase: Phase, *, ends_at: datetime, moment: datetime) -> Iterable[InvoiceLine]:
    living = ~Q(credits__credit_note__state=CreditNoteState.VOID)
    return (
        InvoiceLine.objects.filter(phase=phase, service_ends_at=ends_at, service_starts_at__lte=moment)
        .exclude(invoice__state=InvoiceState.VOID)
        .annotate(
            net_back=Sum("credits__net_minor", filter=living), gross_back=Sum("credits__gross_minor", filter=living)
        )
        .order_by("service_starts_at", "id")
    )


def _base(line: InvoiceLine) -> int:
    """The listed amount less its discount."""
    return line.gross_minor if line.tax_inclusive else line.net_minor


def _given_back(line: InvoiceLine) -> int:
    back = line.gross_back if line.tax_inclusive else line.net_back  # type: ignore[attr-defined]
    return back or 0


def _never_paid(invoice_ids: set[UUID]) -> int:
    """Sum what was written off of some invoices, and what a bank took back or holds of their charges."""
    off = Invoice.objects.filter(pk__in=invoice_ids, state=InvoiceState.UNCOLLECTIBLE)
    held = Dispute.objects.filter(attempt__invoice__in=invoice_ids)
    written_off = off.aggregate(total=Sum("due_minor"))["total"]
    disputed = held.aggregate(total=Sum(F("withdrawn_minor") - F("returned_minor")))["total"]
    return int(written_off or 0) + int(disputed or 0)
