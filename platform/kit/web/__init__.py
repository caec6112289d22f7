"""What all consoles look like, and how a page says no."""
