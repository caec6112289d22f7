"""Writing what became of batches: one story a file."""
