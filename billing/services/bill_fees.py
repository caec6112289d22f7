"""Fees that are on no invoice yet: as lines, and closed once they are on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from billing.drafts import DraftLine
from billing.models.agreements import BillingAccount, Phase
from billing.models.invoices import Invoice, LineKind
from billing.models.metering import FeeKind, RatedFee

_LINE_OF = {FeeKind.FEE: LineKind.FEE, FeeKind.REVERSAL: LineKind.REVERSAL}


@dataclass(frozen=True, slots=True)
class Fees:
    """Fees of one store, one kind and one month that were not invoiced yet: one line, with every order behind it."""

    phase: Phase
    store: BillingAccount
    is_partner: bool  # another's store, which the payer pays for
    kind: FeeKind
    starts_at: datetime
    ends_at: datetime
    orders: int
    total_minor: int

    def source(self, boundary: datetime) -> str:
        """What the line bills. The boundary is part of it: late fees of the same month make a line of their own."""
        of = f":{self.store.pk.hex[-12:]}" if self.is_partner else ""
        return f"{self.kind}:{self.phase.pk}:{self.starts_at:%Y%m%dT%H%M}:{boundary:%Y%m%dT%H%M}{of}"

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
            tax_inclusive=self.phase.price.tax_inclusive,
            section_id=self.store.pk if self.is_partner else None,
        )


def open_fees(*, billing_account: BillingAccount, until: datetime | None) -> list[Fees]:
    """Group the fees an account has to pay and that are on no invoice yet, of months over by ``until`` (None: of
    all), by store, month and kind; its own first, then those of its partners.
    """
    fees = fees_to_pay(billing_account)
    if until is not None:
        fees = fees.filter(service_ends_at__lte=until)
    groups = (
        fees.values("merchant_id", "phase_id", "kind", "service_starts_at", "service_ends_at")
        .annotate(total=Sum("amount_minor"), orders=Count("id"))
        .order_by("service_starts_at", "kind", "phase_id", "merchant_id")
    )
    phases = Phase.objects.select_related("price").in_bulk([group["phase_id"] for group in groups])
    accounts = BillingAccount.objects.filter(merchant_id__in={group["merchant_id"] for group in groups})
    stores = {account.merchant_id: account for account in accounts}
    found = [
        Fees(
            phase=phases[group["phase_id"]],
            store=stores[group["merchant_id"]],
            is_partner=group["merchant_id"] != billing_account.merchant_id,
            kind=FeeKind(group["kind"]),
            starts_at=group["service_starts_at"],
            ends_at=group["service_ends_at"],
            orders=group["orders"],
            total_minor=group["total"],
        )
        for group in groups
    ]
    return sorted(found, key=lambda each: each.is_partner)


def fees_to_pay(billing_account: BillingAccount) -> QuerySet[RatedFee]:
    """Select the fees that are on no invoice yet and that this account pays, whoever's orders they are of."""
    own = Q(payer__isnull=True, merchant_id=billing_account.merchant_id)
    return RatedFee.objects.filter(own | Q(payer=billing_account), is_closed=False)


def fees_in(billing_account: BillingAccount, group: Fees) -> QuerySet[RatedFee]:
    """Select the fees behind one group."""
    return fees_to_pay(billing_account).filter(
        merchant_id=group.store.merchant_id,
        phase=group.phase,
        kind=group.kind,
        service_starts_at=group.starts_at,
    )


def close_fees(
    *, billing_account: BillingAccount, boundary: datetime, fees: Sequence[Fees], invoice: Invoice | None
) -> None:
    """Note on which invoice line fees went (or that they were free), in the caller's transaction."""
    line_of = {line.source: line for line in invoice.lines.filter(kind__in=_LINE_OF.values())} if invoice else {}
    for each in fees:
        line = line_of.get(each.source(boundary))
        fees_in(billing_account, each).update(is_closed=True, invoice_line=line)
