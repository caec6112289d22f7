"""Tags of the back office's own pages."""
