"""Real servers out of wheels, for the demo and the tests: PostgreSQL and Redis, on this machine only."""
