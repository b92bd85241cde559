"""Politeness: one request at a time per host, never sooner than its spacing, none while it asked us to wait."""

import threading
from datetime import UTC, datetime
from typing import Protocol

from tracker.clock import Clock

#: Keys of whole archives begin so; all others are hosts.
ARCHIVE_KEY = "archive:"


class Pacer(Protocol):
    """Holds everybody who shares it to a host's pace. A key is a host, or `archive:NAME` for a whole archive."""

    def acquire(self, key: str, delay: float) -> None:
        """Wait for the turn: nobody else's request runs, and `delay` seconds lie behind the one before.

        Those of a host are counted from the end of the request before, those of an archive from its start.
        """
        ...

    def release(self, key: str) -> None:
        """Give the turn back."""
        ...

    def defer(self, key: str, delay: float) -> None:
        """Put the next turn off to at least `delay` seconds from now."""
        ...

    def block(self, key: str, until: datetime) -> None:
        """Let nobody ask before a time."""
        ...

    def blocked_until(self, key: str) -> datetime | None:
        """Return the time before which nobody may ask; None where that is past or was never set."""
        ...


class ThreadPacer:
    """Holds the threads of one process to a pace; the in-memory twin of the store's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._next: dict[str, float] = {}
        self._blocked: dict[str, float] = {}
        self._delays: dict[str, float] = {}  # of the turns that are taken

    def acquire(self, key: str, delay: float) -> None:
        """Wait for the turn."""
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        turn.acquire()
        with self._lock:
            now = self._clock.now().timestamp()
            start = max(now, self._next.get(key, 0.0))
            self._next[key] = start + delay
            self._delays[key] = delay
        self._clock.sleep(start - now)

    def release(self, key: str) -> None:
        """Give the turn back."""
        delay = self._delays.pop(key, 0.0)
        if delay and not key.startswith(ARCHIVE_KEY):
            self.defer(key, delay)
        self._turns[key].release()

    def defer(self, key: str, delay: float) -> None:
        """Put the next turn off."""
        with self._lock:
            self._next[key] = max(self._next.get(key, 0.0), self._clock.now().timestamp() + delay)

    def block(self, key: str, until: datetime) -> None:
        """Let nobody ask before a time; an earlier end than the one set is no release."""
        with self._lock:
            self._blocked[key] = max(until.timestamp(), self._blocked.get(key, 0.0))

    def blocked_until(self, key: str) -> datetime | None:
        """Return the time before which nobody may ask."""
        with self._lock:
            until = self._blocked.get(key, 0.0)
        return datetime.fromtimestamp(until, UTC) if until > self._clock.now().timestamp() else None
