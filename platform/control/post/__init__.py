"""Letters and SMS this platform sent. In the demo they go nowhere else, and the operator reads them here."""
