"""Suppliers, what is ordered from them and what came."""
