"""Processes that work on tasks of an import, each fed by a thread; one that hangs or dies costs one capture."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from tracker.daemon.import_work import Task, Worked, work
from tracker.daemon.judging import Inherited, begin_process, inherited

#: Seconds for one task of many captures, and for a single one when the many were not done by then.
TASK_SECONDS = 300.0
SINGLE_SECONDS = 60.0


class _Lost(Exception):
    """The process ended, hung or broke on what it was given; the message says which."""


def serve(connection: Connection, told: Inherited) -> None:
    """Work on one task after the other, by the words and limits of the parent, until the connection closes."""
    begin_process(told)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            answer: Worked | str = work(task)
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        connection.send(answer)


def _answers(connection: Connection, seconds: float) -> bool:
    """Return whether a process answers in time; tests decide otherwise when that is over."""
    return connection.poll(seconds)


class _Worker:
    """One process and the thread that feeds it."""

    def __init__(self, told: Inherited, run: Callable[[Connection, Inherited], None]) -> None:
        self._inherited, self._run = told, run
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import")
        self.waiting = 0

    def submit(self, task: Task) -> "Future[Worked]":
        self.waiting += 1
        future = self._thread.submit(self._work, task)
        future.add_done_callback(self._done)
        return future

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._stop()

    def _done(self, _future: "Future[Worked]") -> None:
        self.waiting -= 1

    def _work(self, task: Task) -> Worked:
        try:
            return self._asked(task, TASK_SECONDS)
        except _Lost:
            return self._one_by_one(task)

    def _one_by_one(self, task: Task) -> Worked:
        """Find the capture that breaks a task, and do all others."""
        done = Worked()
        lead, before = task.lead, task.before
        for body in task.bodies:
            single = Task(task.names, (body,), before, lead)
            try:
                part = self._asked(single, SINGLE_SECONDS)
            except _Lost as lost:
                skipped = replace(body, rules=None, why_not=str(lost))
                part = self._asked(Task(task.names, (skipped,)), SINGLE_SECONDS)
            done.add(part)
            if part.shown[0]:
                lead, before = body, None
        return done

    def _asked(self, task: Task, seconds: float) -> Worked:
        connection = self._open()
        try:
            connection.send(task)
            if not _answers(connection, seconds):
                raise _Lost(f"reading it takes more than {seconds:.0f} seconds")
            answer = connection.recv()
        except (EOFError, OSError):
            self._stop()
            raise _Lost("reading it ended the process, maybe for want of memory") from None
        except _Lost:
            self._stop()
            raise
        if isinstance(answer, str):
            raise _Lost(f"reading it broke ({answer})")
        assert isinstance(answer, Worked)
        return answer

    def _open(self) -> Connection:
        if self._connection is None:
            context = get_context("spawn")  # a fork of a process with threads may inherit their locks
            ours, theirs = context.Pipe()
            self._process = context.Process(target=self._run, args=(theirs, self._inherited), daemon=True)
            self._process.start()
            theirs.close()
            self._connection = ours
        return self._connection

    def _stop(self) -> None:
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.join()


class Workers:
    """Some processes; tasks of one source go to the same one as long as it is not far behind.

    Args:
        processes: how many; with 0 the caller's own process works at once, and nothing is guarded.
        run: what a process does; tests put something that breaks in its place.

    """

    def __init__(self, processes: int, run: Callable[[Connection, Inherited], None] = serve) -> None:
        told = inherited()
        self._workers = [_Worker(told, run) for _ in range(processes)]
        #: Tasks worth handing in before waiting for the first.
        self.room = max(1, 2 * processes)

    def submit(self, task: Task, source: int) -> "Future[Worked]":
        """Hand in a task of a source; what was learned of its texts is best re-used by the same process."""
        if not self._workers:
            future: Future[Worked] = Future()
            future.set_result(work(task))
            return future
        usual = self._workers[source % len(self._workers)]
        idlest = min(self._workers, key=lambda worker: worker.waiting)
        return (usual if usual.waiting <= idlest.waiting + 1 else idlest).submit(task)

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
