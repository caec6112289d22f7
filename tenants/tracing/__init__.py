"""Which batch went to whom: batches given to order lines, and calling goods back."""
