"""The store as a whole: brought up to date, backed up, moved, dumped, verified, measured."""
