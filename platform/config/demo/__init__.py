"""The demo: every server on this machine, a living market in it, a clock that can be moved."""
