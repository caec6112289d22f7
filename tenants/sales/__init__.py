"""Stories that cross rooms: place, settle, cancel, expire an order."""
