"""Part of the JSON door."""
