"""What happened in this store, append-only; the outbox of facts for billing; answers already given."""
