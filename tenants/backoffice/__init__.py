"""A door: the merchant's pages."""
