"""Long commands end in order when they are asked to: SIGINT and SIGTERM ask, a second one insists."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STDERR = 2

#: Seconds within which several signals are one wish: `timeout` and some shells signal process and group.
ONE_WISH = 1.0


@contextmanager
def stoppable(stop: threading.Event, told: str) -> Iterator[None]:
    """Let SIGINT and SIGTERM ask for a stop; one more after a moment ends the process, which loses nothing either.

    Args:
        stop: set when a stop is asked for.
        told: what is finished first, such as "the captures in hand".

    """
    asked_at: list[float] = []

    def asked(number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not asked_at:
            asked_at.append(now)
            stop.set()
            # Not printed: the handler may have interrupted a print.
            os.write(STDERR, f"tracker: stopping after {told}\n".encode())
        elif now - asked_at[0] > ONE_WISH:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
