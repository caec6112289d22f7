"""Invoice lines before they are taxed and numbered."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.calendar import Period, midnight
from billing.models.addons import SubscriptionItem
from billing.models.agreements import BillingAccount, Phase
from billing.models.invoices import LineKind
from billing.tax import Taxed, taxed


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line. ``source`` names what it bills, so that nothing is billed twice.

    ``gross_minor`` is the listed amount: with the tax in it, or (``tax_inclusive`` off) before the tax is put on top.
    The discount is taken off the listed amount, before the tax is worked out.
    """

    kind: LineKind
    source: str
    phase: Phase | None
    service_starts_at: datetime
    service_ends_at: datetime
    quantity: int
    gross_minor: int
    tax_ppm: int
    tax_inclusive: bool
    discount_minor: int = 0
    section_id: UUID | None = None  # the account it is for, when another pays

    @property
    def base_minor(self) -> int:
        """The listed amount less its discount."""
        return self.gross_minor - self.discount_minor

    def taxed(self) -> Taxed:
        """Work out the tax, once for the line (docs/decisions/0020)."""
        return taxed(self.base_minor, ppm=self.tax_ppm, inclusive=self.tax_inclusive)

    @property
    def payable_minor(self) -> int:
        """What the line adds to what is paid: the tax is in it, whichever way its price is written."""
        return self.taxed().gross_minor


def plan_line(*, phase: Phase, day: date, interval: Period, amount_minor: int, zone: ZoneInfo) -> DraftLine:
    """Draft the plan from a day to the end of its interval."""
    return DraftLine(
        kind=LineKind.SUBSCRIPTION,
        source=f"phase:{phase.pk}:{day}",
        phase=phase,
        service_starts_at=midnight(day, zone),
        service_ends_at=interval.ends_at(zone),
        quantity=1,
        gross_minor=amount_minor,
        tax_ppm=phase.price.tax_ppm,
        tax_inclusive=phase.price.tax_inclusive,
    )


def discount_line(
    *, redemption_id: UUID, phase: Phase, day: date, interval: Period, amount_minor: int, zone: ZoneInfo
) -> DraftLine:
    """Draft what a coupon takes off the plan; the amount is negative."""
    return DraftLine(
        kind=LineKind.DISCOUNT,
        source=f"coupon:{redemption_id}:{phase.pk}:{day}",
        phase=phase,
        service_starts_at=midnight(day, zone),
        service_ends_at=interval.ends_at(zone),
        quantity=1,
        gross_minor=amount_minor,
        tax_ppm=phase.price.tax_ppm,
        tax_inclusive=phase.price.tax_inclusive,
    )


def item_line(
    *, item: SubscriptionItem, phase: Phase, day: date, interval: Period, amount_minor: int, zone: ZoneInfo
) -> DraftLine:
    """Draft an add-on: all its pieces in one line."""
    return DraftLine(
        kind=LineKind.ADD_ON,
        source=f"add-on:{item.pk}:{day}",
        phase=phase,
        service_starts_at=midnight(day, zone),
        service_ends_at=interval.ends_at(zone),
        quantity=item.quantity,
        gross_minor=amount_minor,
        tax_ppm=item.price.tax_ppm,
        tax_inclusive=item.price.tax_inclusive,
    )


def credit_line(*, amount_minor: int, boundary: datetime, billing_account: BillingAccount) -> DraftLine:
    """Draft the line that lifts an invoice from below zero to zero; the amount waits on the account's credit."""
    return DraftLine(
        kind=LineKind.TO_CREDIT,
        source=f"credit:{billing_account.pk}:{boundary:%Y%m%dT%H%M%S%f}",
        phase=None,
        service_starts_at=boundary,
        service_ends_at=boundary,
        quantity=1,
        gross_minor=amount_minor,
        tax_ppm=0,
        tax_inclusive=True,
    )
