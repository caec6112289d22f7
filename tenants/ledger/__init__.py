"""The store's own double-entry ledger. Owns the words transfer and posting."""
