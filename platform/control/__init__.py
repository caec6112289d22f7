"""The control plane: who has a store, who may enter it, what the world told us."""
