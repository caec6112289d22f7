"""What stands in deploy/, run."""
