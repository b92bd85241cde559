"""What one clause says: who does what with which data, for whom, under which condition, for how long."""
