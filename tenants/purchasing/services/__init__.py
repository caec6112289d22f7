"""Writing purchases: one story a file."""
