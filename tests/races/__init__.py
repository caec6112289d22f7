"""Many buyers at once, over HTTP, against the real server in processes of its own."""
