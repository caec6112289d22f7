"""Moving all stores to one state: plan, migrate, verify. Owns the words route, round, drifted."""
