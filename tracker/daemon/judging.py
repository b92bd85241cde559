"""Compares two documents, in this process or in others, so that one huge document does not stop the daemon."""

import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context, parent_process
from typing import Protocol

import structlog

from tracker.compare import compare
from tracker.compare.model import Document, Verdict
from tracker.compare.vocabulary.lexicons import Lexicons, activate, active
from tracker.daemon.garbage import collect_rarely
from tracker.extract.apart import READERS, Limits
from tracker.metrics import COMPARE, timed

log = structlog.get_logger(__name__)

#: Clauses on both sides together from which a compare is worth a process of its own.
HEAVY = 2_000

#: Seconds that running compares may take to end once the judge is closed; their processes are killed then.
GRACE = 5.0


class Judge(Protocol):
    """Says what the step from one document to the next means."""

    def judge(self, before: Document, after: Document, *, names: tuple[str, ...], captured_on: date) -> Verdict:
        """Return the verdict; equal inputs give equal verdicts wherever they are judged."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


class InlineJudge:
    """Judges in the calling thread."""

    def judge(self, before: Document, after: Document, *, names: tuple[str, ...], captured_on: date) -> Verdict:
        """Return the verdict."""
        with timed(COMPARE):
            return compare(before, after, names=names, captured_on=captured_on)

    def close(self) -> None:
        """Hold nothing."""


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a working process takes over from its parent: the words in force, and what a document may take."""

    lexicons: Lexicons
    limits: Limits


def inherited() -> Inherited:
    """Return what processes that this one starts are to take over."""
    return Inherited(active(), READERS.limits)


def begin_process(told: Inherited) -> None:
    """Judge by the parent's words; leave Ctrl-C to it, since it ends its pool in order; end with it if it is killed."""
    collect_rarely()
    activate(told.lexicons)
    READERS.bound(told.limits)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def follow() -> None:
        # The pool's queues are open in this process too, so it could wait for work for ever.
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, name="follow-parent", daemon=True).start()


class PooledJudge:
    """Judges small documents in the calling thread and heavy ones in a pool of processes.

    Its processes judge by the words that are in force when it is made.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._inherited = inherited()
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False
        self._inline = InlineJudge()

    def judge(self, before: Document, after: Document, *, names: tuple[str, ...], captured_on: date) -> Verdict:
        """Return the verdict; a pool whose process was killed is replaced once.

        Raises:
            BrokenProcessPool: a second process was killed too, or the judge was closed meanwhile.

        """
        if len(before.clauses) + len(after.clauses) < HEAVY:
            return self._inline.judge(before, after, names=names, captured_on=captured_on)
        for attempt in (1, 2):
            pool = self._open()
            try:
                with timed(COMPARE):
                    return pool.submit(compare, before, after, names=names, captured_on=captured_on).result()
            except BrokenProcessPool:
                self._drop(pool)
                if attempt == 2 or self._closed:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the processes; what they are at may take a few seconds more, not as long as a huge document takes."""
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
        if pool is None:
            return
        processes = list(pool._processes.values())  # forgotten by the pool as soon as it shuts down
        pool.shutdown(wait=False, cancel_futures=True)
        ends = time.monotonic() + GRACE
        for process in processes:
            process.join(max(0.0, ends - time.monotonic()))
            if process.exitcode is None:
                log.warning("a compare was ended in the middle", process=process.pid)
                process.kill()
        pool.shutdown(wait=True)

    def _open(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._closed:
                raise BrokenProcessPool("the judge is closed")
            if self._pool is None:
                # "spawn": a fork of a process with threads may inherit their locks.
                self._pool = ProcessPoolExecutor(
                    self._processes,
                    mp_context=get_context("spawn"),
                    initializer=begin_process,
                    initargs=(self._inherited,),
                )
            return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False)
