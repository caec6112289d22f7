"""What leaders earn, line by line, with the reason for each amount."""
