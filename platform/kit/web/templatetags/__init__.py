"""The template kit's tags; {% load kit %} is not needed, they are built in."""
