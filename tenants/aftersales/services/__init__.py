"""Writing what becomes of after-sales requests: one story a file."""
