"""The merchant's desk for what lies above the store: plan, invoices, cards. Mounted in the same back office."""
