"""What people did in the control plane, append-only. Owns the word audit entry."""
