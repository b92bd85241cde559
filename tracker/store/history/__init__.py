"""Questions asked of what the store holds of sources over time."""
