"""What happens under us: a database that goes away, seen through the real server over HTTP."""
