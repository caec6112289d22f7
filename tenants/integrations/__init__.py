"""Other programs at the store's door: keys that let them in, webhooks that tell them. Owns key, scope, endpoint."""
