"""An order, its lines and its states."""
