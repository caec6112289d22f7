"""Who logs in to run a store or the platform. Owns the words person, seat, entry pass."""
