"""Writes of the catalogue, one story a file."""
