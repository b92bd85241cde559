"""People: accounts, what they say of changes, what they approved, what they did."""
