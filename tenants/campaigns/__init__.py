"""Group buys: today's list with prices, quotas, cut-off and pickup day."""
