"""Slows down who guesses passwords, without locking out who owns the account for long."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

#: Wrong passwords that cost nothing; each further one doubles the wait.
FREE = 5
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)

#: Names and addresses remembered; the oldest are forgotten first.
KEPT = 10_000


class Throttle:
    """Counts failures by key, such as a name or an address. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def wait(self, now: datetime, *keys: str) -> timedelta:
        """Return how long is to be waited before the next try; zero where it may be made now."""
        with self._lock:
            return max((self._left(key, now) for key in keys), default=timedelta())

    def failed(self, now: datetime, *keys: str) -> None:
        """Count a failure."""
        with self._lock:
            for key in keys:
                count, _ = self._failures.pop(key, (0, now))
                self._failures[key] = count + 1, now
            while len(self._failures) > KEPT:
                self._failures.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of keys."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _left(self, key: str, now: datetime) -> timedelta:
        count, at = self._failures.get(key, (0, now))
        if count < FREE:
            return timedelta()
        wait = min(FIRST_WAIT * (1 << min(count - FREE, 10)), LONGEST_WAIT)
        return max(at + wait - now, timedelta())
