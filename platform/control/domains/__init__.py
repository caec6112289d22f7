"""A merchant's own domains: claimed, proven by a TXT record, proven again each day, and let go slowly."""
