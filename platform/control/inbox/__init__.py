"""Every event the outside world told us, once: verified, stored, then acted on. Owns the word outside event."""
