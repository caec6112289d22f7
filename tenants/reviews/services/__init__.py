"""Writing and answering reviews: one story a file."""
