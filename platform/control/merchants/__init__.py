"""Who has a store here: the merchant, its hosts, its state and limits. Owns the words merchant, domain, slug."""
