"""From blocks to clauses, and what a text shows before anything is compared: canonical form, language, days, topics."""
