"""The roof: wires all rooms together, imported by none."""
