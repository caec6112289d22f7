"""Building stores: the bundle, the pool of ready schemas, claiming one. Owns the words bundle, pool."""
