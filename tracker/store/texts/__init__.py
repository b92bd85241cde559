"""What was fetched and what it says: bytes, clauses, versions, verdicts, each stored once and packed."""
