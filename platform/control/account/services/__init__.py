"""Stories that begin at the account's pages."""
