"""A PostgreSQL backend in which this process dies (kill -9) before the n-th thing it sends. For tests alone."""
