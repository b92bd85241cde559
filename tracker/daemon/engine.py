"""Runs checks side by side: never two of one host at a time, never one slow host in the way of another."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

#: Does the work of one check; must not raise for what a check may meet.
Job = Callable[[str], None]


class Engine(Protocol):
    """Takes checks and sees to it that each is done once."""

    def enqueue(self, source_id: str, host: str) -> bool:
        """Take a check; False when that source is already waiting or running."""
        ...

    def free(self) -> int:
        """Return how many more checks it can usefully take now."""
        ...

    def drain(self, deadline: float) -> bool:
        """Start nothing more and wait up to so many seconds for what runs; return whether all of it ended."""
        ...


class ThreadEngine:
    """The embedded engine: a thread pool with a queue per host."""

    def __init__(self, job: Job, threads: int) -> None:
        self._job = job
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="check")
        self._lock = threading.Condition()
        self._waiting: dict[str, deque[str]] = {}
        self._known: set[str] = set()
        self._running: set[str] = set()  # hosts
        self._draining = False

    def enqueue(self, source_id: str, host: str) -> bool:
        """Take a check; False when that source is already waiting or running, or the engine is draining."""
        with self._lock:
            if self._draining or source_id in self._known:
                return False
            self._known.add(source_id)
            self._waiting.setdefault(host, deque()).append(source_id)
            self._start_next()
            return True

    def free(self) -> int:
        """Return how many more checks fit: some wait behind others of their host, so twice the threads."""
        with self._lock:
            return max(0, 2 * self._threads - len(self._known))

    def drain(self, deadline: float) -> bool:
        """Start nothing more, wait for what runs up to the deadline in seconds, and return whether all of it ended."""
        with self._lock:
            self._draining = True
            self._waiting.clear()
            ended = self._lock.wait_for(lambda: not self._running, timeout=deadline)
        self._pool.shutdown(wait=ended, cancel_futures=True)
        return ended

    def finish(self) -> None:
        """Wait until everything taken is done, however long it takes, then end the threads."""
        with self._lock:
            self._lock.wait_for(lambda: not self._known)
        self._pool.shutdown(wait=True)

    def _start_next(self) -> None:
        """Hand hosts that wait and do not run to the pool; the lock is held."""
        for host in list(self._waiting):
            if len(self._running) >= self._threads:
                return
            if host not in self._running:
                self._running.add(host)
                self._pool.submit(self._work, host, self._waiting[host].popleft())
                if not self._waiting[host]:
                    del self._waiting[host]

    def _work(self, host: str, source_id: str) -> None:
        try:
            self._job(source_id)
        except Exception:
            log.exception("check crashed", source=source_id)
        finally:
            with self._lock:
                self._running.discard(host)
                self._known.discard(source_id)
                if not self._draining:
                    self._start_next()
                self._lock.notify_all()


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

    def drain(self, deadline: float) -> bool:
        """Take nothing more."""
        self._draining = True
        return True
