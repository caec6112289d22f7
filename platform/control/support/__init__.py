"""The platform's people inside a merchant's back office: with a reason, for a while, in sight. Owns visit, step."""
