"""Stories of a store's life after it opened."""
