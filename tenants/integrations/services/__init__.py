"""The stories of this room, one a file."""
