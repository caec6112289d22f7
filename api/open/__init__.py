"""The open platform: other programs at the store's host, with a key."""
