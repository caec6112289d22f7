"""What fees that are on no invoice yet come to, tax and all: grouped and rounded as their lines will be."""

from collections import defaultdict
from uuid import UUID

from django.db.models import QuerySet, Sum

from billing.models.metering import RatedFee
from billing.tax import taxed

# what makes one line of an invoice, and how it is taxed
LINE = (
    "merchant_id", "phase", "kind", "service_starts_at", "phase__price__tax_ppm", "phase__price__tax_inclusive",
)  # fmt: skip


def payable_fees(fees: QuerySet[RatedFee]) -> dict[UUID, int]:
    """Sum fees up by store in one query: each store's month, plan and kind is a line that is taxed once."""
    lines = fees.order_by().values_list(*LINE).annotate(total=Sum("amount_minor"))
    sums: dict[UUID, int] = defaultdict(int)
    for merchant_id, _phase, _kind, _month, ppm, inclusive, listed in lines:
        sums[merchant_id] += taxed(listed, ppm=ppm, inclusive=inclusive).gross_minor
    return dict(sums)
