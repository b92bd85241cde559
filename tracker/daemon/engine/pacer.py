"""Politeness that holds across threads, processes and machines: the turns of hosts are kept in the store."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tracker.clock import Clock
from tracker.errors import ArchiveUnavailable
from tracker.fetch.pacing import ARCHIVE_KEY
from tracker.fetch.robots import longest_spacing
from tracker.store.database import Database
from tracker.store.work.slots import block_slot, blocked_until, defer_slot, slot_begins, take_slot
from tracker.store.work.turns import Turns

#: Seconds between two looks whether another machine has given a turn back.
LOOK = 0.05


@dataclass(slots=True)
class _Queue:
    """Those of this process who have a turn or wait for it."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    length: int = 0


class StorePacer:
    """A `Pacer` over the store's host slots.

    The delay lies between the end of a request to a host and the next one; archives, which count requests per minute,
    are paced from start to start.

    A slot in the store is believed only as far ahead as the present spacing (`host_delay`, or what is asked for) leads:
    a longer one was left by settings that hold no more.

    On PostgreSQL requests to a key follow each other in all processes and on all machines; on SQLite they do within a
    process, and between processes the delay lies between their starts at least. When `stop` is set, nobody is let
    through to an archive any more (ArchiveUnavailable): a queue of threads must neither be waited for nor rush the
    archive when a long back-fill is asked to end.
    """

    def __init__(
        self, database: Database, clock: Clock, stop: threading.Event | None = None, host_delay: float = 0
    ) -> None:
        self._database = database
        self._host_delay = host_delay
        self._clock = clock
        self._stop = stop or threading.Event()
        self._lock = threading.Lock()
        self._queues: dict[str, _Queue] = {}  # only of keys that somebody asks for now
        self._delays: dict[str, float] = {}  # of the turns that are taken
        self._turns = None if database.is_sqlite else Turns(database)

    def acquire(self, key: str, delay: float) -> None:
        """Wait for the turn: nobody else's request runs, and `delay` seconds lie behind the one before."""
        with self._lock:
            queue = self._queues.setdefault(key, _Queue())
            queue.length += 1
        queue.turn.acquire()
        try:
            self._refuse_if_stopped(key)
            if self._turns is not None:
                self._wait_for_others(self._turns, key, delay)
            try:
                self._wait_for_slot(key, delay)
                self._delays[key] = delay
            except BaseException:
                self._give_back(key)
                raise
        except BaseException:
            self._leave(key)
            raise

    def release(self, key: str) -> None:
        """Give the turn back. A host rests from the end of a request: one that answers slowly is not asked at once."""
        delay = self._delays.pop(key, 0.0)
        try:
            if delay and not key.startswith(ARCHIVE_KEY):
                self.defer(key, delay)
        finally:
            try:
                self._give_back(key)
            finally:
                self._leave(key)

    def defer(self, key: str, delay: float) -> None:
        """Let the next request wait at least `delay` seconds from now."""
        with self._database.write() as session:
            defer_slot(session, key, self._clock.now().timestamp() + delay)

    def block(self, key: str, until: datetime) -> None:
        """Let nobody ask before a time; an earlier end than the one set is no release."""
        with self._database.write() as session:
            block_slot(session, key, until.timestamp())

    def blocked_until(self, key: str) -> datetime | None:
        """Return the time before which nobody may ask; None where that is past or was never set."""
        with self._database.read() as session:
            until = blocked_until(session, key)
        return datetime.fromtimestamp(until, UTC) if until > self._clock.now().timestamp() else None

    def _wait_for_slot(self, key: str, delay: float) -> None:
        """Take the next slot; whoever finds it gone when it begins waits for the one after."""
        begins: float | None = None
        while True:
            now, furthest = self._now_and_furthest(delay)
            with self._database.write() as session:
                begins = take_slot(session, key, delay, now=now, furthest=furthest, waited=begins)
            if begins is None:
                return
            self._clock.sleep(begins - now)
            self._refuse_if_stopped(key)

    def _now_and_furthest(self, delay: float) -> tuple[float, float]:
        now = self._clock.now().timestamp()
        return now, now + max(delay, longest_spacing(self._host_delay))

    def _wait_for_others(self, turns: Turns, key: str, delay: float) -> None:
        """Take the turn among processes: none takes it before the slot begins, so that each has the same chance."""
        while True:
            now, furthest = self._now_and_furthest(delay)
            with self._database.write() as session:
                begins = slot_begins(session, key, furthest)
            self._clock.sleep(begins - now)
            self._refuse_if_stopped(key)
            if turns.take(key):
                return
            time.sleep(LOOK)  # not the clock's: what is waited for is another process

    def _leave(self, key: str) -> None:
        """Let the next of this process in; where there is none, nothing is left of the queue."""
        with self._lock:
            queue = self._queues[key]
            queue.length -= 1
            if not queue.length:
                del self._queues[key]
            queue.turn.release()

    def _give_back(self, key: str) -> None:
        if self._turns is not None:
            self._turns.give_back(key)

    def _refuse_if_stopped(self, key: str) -> None:
        if self._stop.is_set() and key.startswith(ARCHIVE_KEY):
            raise ArchiveUnavailable("stopped while waiting for its turn")
