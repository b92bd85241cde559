"""Processes that work on tasks of an import, each fed by a thread; one that hangs or dies costs one capture."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Condition

from tracker.counting import counted
from tracker.daemon.imports.work import NoText, Task, Worked, work
from tracker.daemon.judging import Inherited, begin_process, inherited

#: Seconds for one task of many captures, and for a single one when the many were not done by then.
TASK_SECONDS = 300.0
SINGLE_SECONDS = 60.0

#: Tasks under way for each process.
TASKS_EACH = 4


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
    """One process, which the thread that holds it feeds."""

    def __init__(self, told: Inherited, run: Callable[[Connection, Inherited], None]) -> None:
        self._inherited, self._run = told, run
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self.source: str | None = None  #: whose texts it knows

    def work(self, task: Task) -> Worked:
        """Return what a task comes to; what breaks the process is found and left out."""
        try:
            return self._asked(task, TASK_SECONDS)
        except _Lost:
            return self._one_by_one(task)

    def stop(self) -> None:
        """End the process; the next task starts another."""
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.join()

    def _one_by_one(self, task: Task) -> Worked:
        """Find the capture that breaks a task, and do all others."""
        done = Worked()
        lead, before = task.lead, task.before
        for body in task.bodies:
            single = Task(task.names, (body,), before, lead)
            try:
                part = self._asked(single, SINGLE_SECONDS)
            except _Lost as lost:
                skipped = replace(body, rules=None, why_not=NoText(str(lost), unreadable=True))
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
                raise _Lost(f"reading it takes more than {counted(round(seconds), 'second')}")
            answer = connection.recv()
        except (EOFError, OSError):
            self.stop()
            raise _Lost("reading it ended the process, maybe for want of memory") from None
        except _Lost:
            self.stop()
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


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A task that waits for a process."""

    task: Task
    source: str
    future: "Future[Worked]" = field(default_factory=Future)


class Workers:
    """Some processes that share the tasks handed in.

    What a process learned of a text helps it with the next one of the same source. So each keeps to a source as long as
    tasks of it wait, turns to one that no other has in hand then, and takes from another's, the last first, where
    nothing else is left to do.

    Args:
        processes: how many; with 0 the caller's own process works at once, and nothing is guarded.
        run: what a process does; tests put something that breaks in its place.

    """

    def __init__(self, processes: int, run: Callable[[Connection, Inherited], None] = serve) -> None:
        told = inherited()
        self._workers = [_Worker(told, run) for _ in range(processes)]
        self._orders: list[Order] = []  #: oldest first
        self._changed, self._closing = Condition(), False
        self._threads = ThreadPoolExecutor(max(1, processes), thread_name_prefix="import")
        for worker in self._workers:
            self._threads.submit(self._serve, worker)
        #: Tasks worth handing in before waiting for the first: enough for each process to have a source of its own.
        self.room = max(1, TASKS_EACH * processes)

    def submit(self, task: Task, source: str) -> "Future[Worked]":
        """Hand in a task of a source; tasks of one source are begun in the order in which they come, or by two."""
        order = Order(task, source)
        if not self._workers:
            order.future.set_result(work(task))
            return order.future
        with self._changed:
            self._orders.append(order)
            self._changed.notify_all()
        return order.future

    def close(self) -> None:
        """End the processes once they did what they have in hand; what waits is not begun."""
        with self._changed:
            self._closing = True
            left, self._orders = self._orders, []
            self._changed.notify_all()
        for order in left:
            order.future.cancel()
        self._threads.shutdown()
        for worker in self._workers:
            worker.stop()

    def _serve(self, worker: _Worker) -> None:
        while (order := self._next(worker)) is not None:
            try:
                order.future.set_result(worker.work(order.task))
            except Exception as error:
                order.future.set_exception(error)

    def _next(self, worker: _Worker) -> Order | None:
        """Wait for a task and take it; None when there will be none."""
        with self._changed:
            while not self._orders and not self._closing:
                self._changed.wait()
            if self._closing:
                return None
            taken = {other.source for other in self._workers if other is not worker}
            order, worker.source = next_order(self._orders, worker.source, taken)
            self._orders.remove(order)
            return order


def next_order(orders: Sequence[Order], own: str | None, taken: Collection[str | None]) -> tuple[Order, str | None]:
    """Return which of the waiting tasks, oldest first, a process does next, and the source it keeps to from then on.

    Args:
        orders: that wait, at least one.
        own: the source that the process keeps to.
        taken: those of the other processes.

    """
    order = next((order for order in orders if order.source == own), None)
    order = order or next((order for order in orders if order.source not in taken), None)
    return (orders[-1], own) if order is None else (order, order.source)
