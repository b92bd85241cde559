"""Runs checks side by side: never two of one host at a time, never one slow host in the way of another."""

import threading
import time
from collections import deque
from collections.abc import Callable, Container
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

#: Does the work of one check; must not raise for what a check may meet.
Job = Callable[[str], None]

#: Seconds after which a check that still runs gives its place to others: its host is slow.
PATIENCE = 5.0

#: Checks the embedded engine holds ready, per thread; what a thread can do between two looks at what is due.
AHEAD = 16

#: Most threads, as a multiple of those asked for: hosts that were never slow before may all hang at once.
MOST = 8


class Engine(Protocol):
    """Takes checks and sees to it that each is done once."""

    def enqueue(self, source_id: str, host: str) -> bool:
        """Take a check; False when that source is already waiting or running."""
        ...

    def free(self) -> int:
        """Return how many more checks it can usefully take now."""
        ...

    def busy(self) -> Container[str]:
        """Return the hosts it can use no further check of now, because others of theirs wait."""
        ...

    def tend(self) -> int:
        """Look after what was taken: free what a process that died had; return how many checks that freed."""
        ...

    def drain(self, deadline: float) -> bool:
        """Start nothing more and wait up to so many seconds for what runs; return whether all of it ended."""
        ...


class ThreadEngine:
    """The embedded engine: a queue per host, and places for hosts that answer apart from places for slow ones.

    A check begins in one of `threads` places. One that lasts longer than `patience` gives its place back and counts
    among the slow; so do, from their start, checks of a host whose last one was slow, of which no more than `threads`
    run. Hosts that hang thus hold up each other, never those that answer.
    """

    def __init__(
        self, job: Job, threads: int, *, rest: float = 0.0, patience: float = PATIENCE, name: str = "check"
    ) -> None:
        """Make the engine.

        Args:
            job: does a check.
            threads: places for checks.
            rest: seconds between two checks of one host, so that no thread waits for its turn there.
            patience: seconds after which a check counts as slow.
            name: of what it does, for its threads and the log.

        """
        self._job = job
        self._threads = threads
        self._rest = rest
        self._patience = patience
        self._name = name
        self._pool = ThreadPoolExecutor(MOST * threads, thread_name_prefix=name)
        self._lock = threading.Condition()
        self._waiting: dict[str, deque[str]] = {}
        self._known: dict[str, str] = {}  # sources that wait or run, with their hosts
        self._running: dict[str, float] = {}  # hosts, with the time their check began
        self._rested: dict[str, float] = {}  # hosts, with the time they may be asked again
        self._slow: set[str] = set()  # hosts whose last check was slow
        self._draining = False
        self._dispatcher = threading.Thread(target=self._dispatch, name="dispatch", daemon=True)
        self._dispatcher.start()

    def enqueue(self, source_id: str, host: str) -> bool:
        """Take a check; False when that source is already waiting or running, or the engine is draining."""
        with self._lock:
            if self._draining or source_id in self._known:
                return False
            self._known[source_id] = host
            self._waiting.setdefault(host, deque()).append(source_id)
            self._lock.notify_all()
            return True

    def free(self) -> int:
        """Return how many more checks fit; those of slow hosts, which wait long, take no room from others."""
        with self._lock:
            return max(0, AHEAD * self._threads - sum(host not in self._slow for host in self._known.values()))

    def busy(self) -> Container[str]:
        """Return hosts of which something waits; slow ones also while they run or no place for them is free."""
        with self._lock:
            slow = self._slow if self._slow_places() <= 0 else self._slow & self._running.keys()
            return frozenset(self._waiting) | slow

    def tend(self) -> int:
        """Return 0: what this engine had taken dies with its process, whose successor finds it due."""
        return 0

    def drain(self, deadline: float) -> bool:
        """Start nothing more, wait for what runs up to the deadline in seconds, and return whether all of it ended."""
        with self._lock:
            self._draining = True
            self._waiting.clear()
            self._lock.notify_all()
            ended = self._lock.wait_for(lambda: not self._running, timeout=deadline)
        self._pool.shutdown(wait=ended, cancel_futures=True)
        return ended

    def finish(self) -> None:
        """Wait until everything taken is done, however long it takes, then end the threads."""
        with self._lock:
            self._lock.wait_for(lambda: not self._known)
            self._draining = True
            self._lock.notify_all()
        self._pool.shutdown(wait=True)

    def _dispatch(self) -> None:
        """Start what may start, whenever something may have changed."""
        with self._lock:
            while not self._draining:
                self._lock.wait(self._start_ready())

    def _start_ready(self) -> float | None:
        """Start checks of hosts that wait and may be asked; return seconds to the next look, None for at a notice."""
        now = time.monotonic()
        later: list[float] = []
        for host in list(self._waiting):
            rested = self._rested.get(host, now)
            if host in self._running:
                continue
            if rested > now:
                later.append(rested)
            elif (self._slow_places() if host in self._slow else self._quick_places(now)) > 0:
                self._start(host, now)
        if self._waiting:
            later += [began + self._patience for began in self._running.values() if began + self._patience > now]
        return max(0.0, min(later) - now) if later else None

    def _start(self, host: str, now: float) -> None:
        self._running[host] = now
        self._pool.submit(self._work, host, self._waiting[host].popleft())
        if not self._waiting[host]:
            del self._waiting[host]

    def _quick_places(self, now: float) -> int:
        """Return how many places for hosts that answer are free."""
        if len(self._running) >= MOST * self._threads:
            return 0
        quick = sum(host not in self._slow and now - began < self._patience for host, began in self._running.items())
        return self._threads - quick

    def _slow_places(self) -> int:
        """Return how many places for hosts that were slow last time are free."""
        return self._threads - len(self._slow & self._running.keys())

    def _work(self, host: str, source_id: str) -> None:
        try:
            self._job(source_id)
        except Exception:
            log.exception(f"{self._name} crashed", source=source_id)
        finally:
            with self._lock:
                self._note_end(host, source_id, time.monotonic())
                self._lock.notify_all()

    def _note_end(self, host: str, source_id: str, now: float) -> None:
        began = self._running.pop(host)
        del self._known[source_id]
        if now - began > self._patience:
            self._slow.add(host)
        else:
            self._slow.discard(host)
        if self._rest:
            self._rested[host] = now + self._rest
            if len(self._rested) > 2 * (len(self._waiting) + AHEAD * self._threads):
                self._rested = {host: until for host, until in self._rested.items() if until > now}


class InlineEngine:
    """The in-memory twin: does each check at once, in the calling thread."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._draining = False
        #: what was taken, in order
        self.taken: list[str] = []

    def enqueue(self, source_id: str, host: str) -> bool:
        """Do the check; False when draining."""
        if self._draining:
            return False
        self.taken.append(source_id)
        try:
            self._job(source_id)
        except Exception:
            log.exception("check crashed", source=source_id)
        return True

    def free(self) -> int:
        """Return a number that stands for plenty."""
        return 1_000

    def busy(self) -> Container[str]:
        """Return no host: nothing ever waits."""
        return frozenset()

    def tend(self) -> int:
        """Return 0: nothing outlives a call."""
        return 0

    def drain(self, deadline: float) -> bool:
        """Take nothing more."""
        self._draining = True
        return True
