"""Billing's tables, by subject: import them from their own file, `billing.models.invoices`."""

from billing.models import (
    addons,
    agreements,
    catalogue,
    changes,
    collection,
    coupons,
    credits,
    fapiao,
    grants,
    invoices,
    ledger,
    metering,
    wallet,
)

__all__ = [
    "addons",
    "agreements",
    "catalogue",
    "changes",
    "collection",
    "coupons",
    "credits",
    "fapiao",
    "grants",
    "invoices",
    "ledger",
    "metering",
    "wallet",
]
