"""Invoice lines before they are taxed and numbered."""

from dataclasses import dataclass
from datetime import datetime

from billing.calendar import is_boundary, local_day, period_holding
from billing.models.agreements import BillingAccount, Phase
from billing.models.invoices import LineKind


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line. ``source`` names what it bills, so that nothing is billed twice; ``gross_minor`` includes the tax."""

    kind: LineKind
    source: str
    phase: Phase | None
    service_starts_at: datetime
    service_ends_at: datetime
    quantity: int
    gross_minor: int
    tax_ppm: int


def subscription_line(*, phase: Phase, boundary: datetime, billing_account: BillingAccount) -> DraftLine | None:
    """Draft the subscription of the interval that begins at a boundary; None inside a paid year, or when it is free."""
    zone = billing_account.zone
    day = local_day(boundary, zone)
    if not phase.price.amount_minor or not is_boundary(phase.anchor, day, months=phase.price.months):
        return None
    interval = period_holding(phase.anchor, day, months=phase.price.months)
    return DraftLine(
        kind=LineKind.SUBSCRIPTION,
        source=f"phase:{phase.pk}:{interval.starts_on}",
        phase=phase,
        service_starts_at=interval.starts_at(zone),
        service_ends_at=interval.ends_at(zone),
        quantity=1,
        gross_minor=phase.price.amount_minor,
        tax_ppm=phase.price.tax_ppm,
    )


def credit_line(*, amount_minor: int, boundary: datetime, billing_account: BillingAccount) -> DraftLine:
    """Draft the line that lifts an invoice from below zero to zero; the amount waits on the account's credit."""
    return DraftLine(
        kind=LineKind.TO_CREDIT,
        source=f"credit:{billing_account.pk}:{boundary:%Y%m%dT%H%M}",
        phase=None,
        service_starts_at=boundary,
        service_ends_at=boundary,
        quantity=1,
        gross_minor=amount_minor,
        tax_ppm=0,
    )
