"""What happens to wishes."""
