"""Fees that are on no invoice yet: as lines, and closed once they are on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Sum

from billing.drafts import DraftLine
from billing.models.agreements import Phase
from billing.models.invoices import Invoice, LineKind
from billing.models.metering import FeeKind, RatedFee

_LINE_OF = {FeeKind.FEE: LineKind.FEE, FeeKind.REVERSAL: LineKind.REVERSAL}


@dataclass(frozen=True, slots=True)
class Fees:
    """Fees of one kind and one month that were not invoiced yet: one line, with every order behind it."""

    phase: Phase
    kind: FeeKind
    starts_at: datetime
    ends_at: datetime
    orders: int
    total_minor: int

    def source(self, boundary: datetime) -> str:
        """What the line bills. The boundary is part of it: late fees of the same month make a line of their own."""
        return f"{self.kind}:{self.phase.pk}:{self.starts_at:%Y%m%dT%H%M}:{boundary:%Y%m%dT%H%M}"

    def line(self, boundary: datetime) -> DraftLine:
        """Draft the line of an invoice at a boundary."""
        return DraftLine(
            kind=_LINE_OF[self.kind],
            source=self.source(boundary),
            phase=self.phase,
            service_starts_at=self.starts_at,
            service_ends_at=self.ends_at,
            quantity=self.orders,
            gross_minor=self.total_minor,
            tax_ppm=self.phase.price.tax_ppm,
        )


def open_fees(*, merchant_id: UUID, until: datetime | None) -> list[Fees]:
    """Group the fees that are on no invoice yet, of months over by ``until`` (None: of all), by month and kind."""
    fees = RatedFee.objects.filter(merchant_id=merchant_id, is_closed=False)
    if until is not None:
        fees = fees.filter(service_ends_at__lte=until)
    groups = (
        fees.values("phase_id", "kind", "service_starts_at", "service_ends_at")
        .annotate(total=Sum("amount_minor"), orders=Count("id"))
        .order_by("service_starts_at", "kind", "phase_id")
    )
    phases = Phase.objects.select_related("price").in_bulk([group["phase_id"] for group in groups])
    return [
        Fees(
            phase=phases[group["phase_id"]],
            kind=FeeKind(group["kind"]),
            starts_at=group["service_starts_at"],
            ends_at=group["service_ends_at"],
            orders=group["orders"],
            total_minor=group["total"],
        )
        for group in groups
    ]


def close_fees(*, merchant_id: UUID, boundary: datetime, fees: Sequence[Fees], invoice: Invoice | None) -> None:
    """Note on which invoice line fees went (or that they were free), in the caller's transaction."""
    line_of = {line.source: line for line in invoice.lines.all()} if invoice else {}
    for each in fees:
        RatedFee.objects.filter(
            merchant_id=merchant_id,
            is_closed=False,
            phase=each.phase,
            kind=each.kind,
            service_starts_at=each.starts_at,
        ).update(is_closed=True, invoice_line=line_of.get(each.source(boundary)))
