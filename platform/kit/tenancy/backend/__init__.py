"""The guarded database backend (ENGINE = "kit.tenancy.backend")."""
