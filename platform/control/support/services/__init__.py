"""The stories of a visit, one a file."""
