"""Stories of building stores."""
