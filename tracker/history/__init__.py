"""Questions asked of the history, and what people say of it."""
