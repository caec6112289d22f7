"""billing, by its promises."""
