"""Stand-ins for the outside world: they speak the real protocols, keep state, and know nothing of our code."""
