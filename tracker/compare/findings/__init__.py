"""What differs in meaning between two clauses or texts; each finding carries the words that show it."""
