"""Tables and columns of the store, and what the two databases need beside them."""
