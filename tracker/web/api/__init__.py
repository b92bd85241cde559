"""The API for programs: one module per kind of thing, all below `/api/v1`."""
