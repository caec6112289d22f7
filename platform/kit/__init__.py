"""The ground: words shared by every storey, and no tables."""
