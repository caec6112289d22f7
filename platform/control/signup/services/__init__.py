"""Stories of the sign-up."""
