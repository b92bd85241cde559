"""From findings and scores to what each clause change means and how much it weighs."""
