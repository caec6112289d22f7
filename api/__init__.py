"""The JSON door: the only place where REST framework lives."""
