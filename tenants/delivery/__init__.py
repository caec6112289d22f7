"""Bringing goods to the door: the ways a store offers, what they cost, and members' addresses."""
