"""Handing goods out: pickup codes and handovers."""
