"""What the store says about itself: name, notice, phone, colour."""
