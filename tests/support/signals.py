"""Signals as a test wants them, however the tests were started: under `nohup` SIGHUP is ignored, by children too."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hangup(handler: signal.Handlers) -> Iterator[None]:
    """Have SIGHUP handled so for a while."""
    before = signal.signal(signal.SIGHUP, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
