"""What shoppers want and do not get yet: goods they wait for, and the words they look for."""
