"""What every store has in its own schema: the back office door, and the rooms behind it."""
