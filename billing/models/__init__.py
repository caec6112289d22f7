"""Billing's tables, by subject: import them from their own file, `billing.models.invoices`."""

from billing.models import (
    addons,
    agreements,
    catalogue,
    changes,
    collection,
    coupons,
    grants,
    invoices,
    ledger,
    metering,
)

__all__ = [
    "addons",
    "agreements",
    "catalogue",
    "changes",
    "collection",
    "coupons",
    "grants",
    "invoices",
    "ledger",
    "metering",
]
