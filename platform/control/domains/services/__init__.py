"""Stories of domains."""
