"""Ports to the outside: what the house asks of the world, without saying who answers."""
