"""One live check, from a page as it comes to a confirmed change."""
