"""Signing in by phone: a code, a session, and its end."""
