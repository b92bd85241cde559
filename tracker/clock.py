"""The one place that knows what time it is, so that tests can say so."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


def exact(moment: datetime) -> str:
    """Return a time as hashes and exports tell it: in UTC, always to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the current time, aware and in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds (not at all for zero or less)."""
        ...


class SystemClock:
    """The machine's clock."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def now(self) -> datetime:
        """Return the current time, aware and in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait, but end at once when the process is asked to stop."""
        if seconds > 0:
            self._stop.wait(seconds)


class ManualClock:
    """A clock that moves only when told to; `sleep` moves it and returns at once."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()
        #: every wait that was asked for, in seconds
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """Return the time the clock was last set to."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Move the clock forward instead of waiting."""
        if seconds > 0:
            with self._lock:
                self.sleeps.append(seconds)
                self._now += timedelta(seconds=seconds)

    def advance(self, delta: timedelta) -> None:
        """Move the clock forward."""
        with self._lock:
            self._now += delta
