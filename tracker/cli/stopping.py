"""Long commands end in order when they are asked to: SIGINT, SIGTERM and SIGHUP ask, a second one insists."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tracker.stop_signals import stop_signals

STDERR = 2

#: Seconds within which several signals are one wish: `timeout` and some shells signal process and group.
ONE_WISH = 1.0


@contextmanager
def stoppable(stop: threading.Event, told: str) -> Iterator[None]:
    """Let the signals to stop ask for one; one more after a moment ends the process, which loses nothing either.

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

    before = {number: signal.signal(number, asked) for number in stop_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
