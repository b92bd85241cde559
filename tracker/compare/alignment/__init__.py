"""Which clauses of two texts belong together, and what only moved or got another name."""
