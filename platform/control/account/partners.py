"""What a merchant sees of being paid for, and of paying for others; read in the control plane, in few queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Min, QuerySet, Sum

from billing.fee_sums import payable_fees
from billing.models.agreements import BillingAccount
from billing.models.catalogue import Feature, Limit
from billing.models.invoices import Invoice, InvoiceLine, LineKind
from billing.models.metering import RatedFee
from billing.models.payers import PayerLink, WaitingLine
from billing.payers import links_of, partner_links
from control.account.selectors import InvoiceMissing


@dataclass(frozen=True)
class PartnerShown:
    """One store that is paid for, and what of it is on no invoice yet."""

    link: PayerLink
    fees_minor: int
    waiting_minor: int

    @property
    def next_minor(self) -> int:
        """What the next invoice holds of it as far as it is known."""
        return self.fees_minor + self.waiting_minor


@dataclass(frozen=True)
class FamilyShown:
    """Both sides: who pays for this merchant, and whom it pays for."""

    paid_by: PayerLink | None
    partners: Sequence[PartnerShown]
    has_partners: bool  # its plan knows city partners
    cities_limit: int | None
    cities_used: int  # its own and one a partner
    sections: QuerySet[Invoice]  # of others' invoices, those that hold a section of this store

    @property
    def is_full(self) -> bool:
        """Whether its plan holds no more cities."""
        return self.cities_limit is not None and self.cities_used >= self.cities_limit


def read_family(payer: BillingAccount, now: datetime, *, own_cities: int) -> FamilyShown:
    """Read everything the page says of one merchant."""
    links = partner_links(payer=payer, moment=now)
    fees = payable_fees(RatedFee.objects.filter(payer=payer, is_closed=False))
    waiting: dict[UUID, int] = defaultdict(int)
    for line in WaitingLine.objects.filter(payer=payer, invoice=None):
        waiting[line.section_id] += line.payable_minor
    limits = payer.merchant.limits or {}
    return FamilyShown(
        paid_by=next((link for link in links_of(payer) if link.ends_at is None or link.ends_at > now), None),
        partners=[
            PartnerShown(link, fees.get(link.child.merchant_id, 0), waiting.get(link.child_id, 0)) for link in links
        ],
        has_partners=Feature.HEADQUARTERS in limits.get("features", []),
        cities_limit=limits.get(Limit.CITIES),
        cities_used=own_cities + len(links),
        sections=sections_about(payer),
    )


def sections_about(store: BillingAccount) -> QuerySet[Invoice]:
    """Query the invoices of others that hold a section of this store, each with that section's sum alone."""
    held = Invoice.objects.filter(lines__section=store).annotate(
        section_minor=Sum("lines__gross_minor"), starts_at=Min("lines__service_starts_at")
    )
    return held.order_by("-issued_at", "-id")


def section_of(store: BillingAccount, invoice_id: UUID) -> tuple[Invoice, list[InvoiceLine]]:
    """Read a store's own section of an invoice of its payer, and nothing else of it. :raises InvoiceMissing:"""
    lines = InvoiceLine.objects.filter(invoice_id=invoice_id, section=store).select_related(
        "invoice__billing_account__merchant", "phase__price__edition"
    )
    found = list(lines.order_by("position"))
    if not found:
        raise InvoiceMissing
    return found[0].invoice, found


@dataclass(frozen=True)
class SectionShown:
    """The lines of one store on an invoice."""

    key: str
    name: str
    lines: Sequence[InvoiceLine]

    @property
    def total_minor(self) -> int:
        """What they sum to."""
        return sum(line.gross_minor for line in self.lines if line.kind != LineKind.TO_CREDIT)


def in_sections(lines: Sequence[InvoiceLine], own_name: str) -> list[SectionShown]:
    """Group an invoice's lines by store, the payer's own first; the lines carry their section's merchant."""
    groups: dict[UUID | None, list[InvoiceLine]] = {}
    for line in sorted(lines, key=lambda each: (each.section_id is not None, each.position)):
        groups.setdefault(line.section_id, []).append(line)
    return [
        SectionShown(f"lines-{number}", group[0].section.merchant.name if group[0].section else own_name, group)
        for number, group in enumerate(groups.values())
    ]
