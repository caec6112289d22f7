"""Members who sell: leaders and their pickup points."""
