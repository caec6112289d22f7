"""What of the fees that refunds take back was never charged: taken off their line, or given back by a credit note.

A refund takes an order's fee back as it was rated. Its line may have cost less; then only so much less comes back.
Cumulative like the fee itself: when all of a line is reversed, exactly what it cost has come back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from django.db.models import Q, Subquery, Sum

from billing.drafts import DraftLine
from billing.models.agreements import BillingAccount
from billing.models.credits import CreditNoteState
from billing.models.invoices import InvoiceLine, LineKind, listed
from billing.models.metering import ORDER_PAID, FeeKind, RatedFee, UsageEvent
from billing.services.bill_fees import Fees, fees_in
from kit.money import round_half_away


@dataclass
class _FeeLine:
    """A line of fees: what its orders were rated at, what was taken off, given back by notes, and reversed since."""

    listed_minor: int
    off_minor: int
    noted_minor: int = 0
    reversed_minor: int = 0

    def not_charged(self, back_minor: int) -> int:
        """Reverse some more of it, and return how much of that was never charged."""
        before = self._comes_back(self.reversed_minor)
        self.reversed_minor += back_minor
        return back_minor - (self._comes_back(self.reversed_minor) - before)

    def _comes_back(self, reversed_minor: int) -> int:
        if not self.listed_minor:
            return 0
        off = round_half_away(Fraction(self.off_minor * reversed_minor, self.listed_minor))
        return min(reversed_minor - off, max(0, self.listed_minor - self.off_minor - self.noted_minor))


def never_charged_drafts(
    *, billing_account: BillingAccount, boundary: datetime, fees: Sequence[Fees], drafts: Sequence[DraftLine]
) -> list[DraftLine]:
    """Draft, for each reversal among ``fees``, the part of it that was never charged; nothing where all was.

    ``drafts`` are the lines of the invoice they go on, its discounts already taken: a fee and its reversal may stand
    on one.
    """
    reversals = [each for each in fees if each.kind == FeeKind.REVERSAL and each.total_minor]
    if not reversals or not (_any_less(billing_account) or any(line.discount_minor for line in drafts)):
        return []
    lines = {line.source: _FeeLine(line.gross_minor, line.discount_minor) for line in drafts}
    found = []
    for group in reversals:
        backs = _by_line(billing_account, group, fees, boundary)
        lines |= _invoiced(backs.keys() - lines.keys())
        amount = sum(lines[source].not_charged(back) for source, back in backs.items())
        if amount:
            found.append(replace(group.line(boundary), kind=LineKind.NOT_CHARGED, gross_minor=amount))
    return found


def _any_less(billing_account: BillingAccount) -> bool:
    lines = InvoiceLine.objects.filter(invoice__billing_account=billing_account, kind=LineKind.FEE)
    return lines.filter(Q(discount_minor__gt=0) | Q(credits__isnull=False)).exists()


def _by_line(
    billing_account: BillingAccount, group: Fees, fees: Sequence[Fees], boundary: datetime
) -> Mapping[str, int]:
    """Sum what a group reverses by the line that its orders' fees stand on, named by its source."""
    backs: dict[str, int] = defaultdict(int)
    for key, amount in fees_in(billing_account, group).values_list("event__ref_event_key", "amount_minor"):
        backs[key] -= amount
    here = {
        (each.phase.pk, each.starts_at): each.source(boundary)
        for each in fees
        if each.kind == FeeKind.FEE and each.store == group.store
    }
    orders = RatedFee.objects.filter(
        kind=FeeKind.FEE, merchant_id=group.store.merchant_id, event__meter=ORDER_PAID, event__event_key__in=backs
    )
    by_line: dict[str, int] = defaultdict(int)
    for key, source, phase_id, starts_at in orders.values_list(
        "event__event_key", "invoice_line__source", "phase_id", "service_starts_at"
    ):
        if on := source or here.get((phase_id, starts_at)):
            by_line[on] += backs[key]
    return by_line


def _invoiced(sources: Iterable[str]) -> dict[str, _FeeLine]:
    living = ~Q(credits__credit_note__state=CreditNoteState.VOID)
    rows = InvoiceLine.objects.filter(source__in=sources, kind=LineKind.FEE).annotate(
        listed=listed(), net_back=Sum("credits__net_minor", filter=living),
        gross_back=Sum("credits__gross_minor", filter=living),
    )  # fmt: skip
    return {
        row.source: _FeeLine(
            row.listed,
            row.discount_minor,
            (row.gross_back if row.tax_inclusive else row.net_back) or 0,
            _reversed(row),
        )
        for row in rows
    }


def _reversed(line: InvoiceLine) -> int:
    """Sum what earlier invoices reversed of a line."""
    orders = UsageEvent.objects.filter(fees__invoice_line=line).values("event_key")
    merchants = RatedFee.objects.filter(invoice_line=line).values("merchant_id")[:1]
    closed = RatedFee.objects.filter(kind=FeeKind.REVERSAL, is_closed=True, merchant_id=Subquery(merchants))
    return -int(closed.filter(event__ref_event_key__in=orders).aggregate(total=Sum("amount_minor"))["total"] or 0)
