"""The people who shop here. Owns the words member, member session, SMS code."""
