"""Billing's tables, by subject: import them from their own file, `billing.models.invoices`."""

from billing.models import agreements, catalogue, collection, invoices, ledger, metering

__all__ = ["agreements", "catalogue", "collection", "invoices", "ledger", "metering"]
