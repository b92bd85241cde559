"""The `tracker` command. Commands are thin: parse, call, print."""

from tracker.cli.app import main

__all__ = ["main"]
