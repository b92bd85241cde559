"""Historical policy tracker and change monitor."""

__version__ = "0.1.0"
