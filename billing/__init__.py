"""Merchants' money to us: plans, subscriptions, metering, rating, invoices, the control-plane ledger."""
