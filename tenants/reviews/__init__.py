"""What members say of what they bought, and what the shop answers."""
