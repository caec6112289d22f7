"""Sums over a store's rooms, for its desk. Reads only; owns no table and no word of its own."""
