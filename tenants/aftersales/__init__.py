"""After-sales: a member says what was wrong, the leader and the store judge it, money or goods follow."""
