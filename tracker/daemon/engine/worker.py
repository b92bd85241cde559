"""A worker of a cluster: does the jobs that the planner queued, some of each kind side by side."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from procrastinate import App
from procrastinate.worker import Worker as QueueWorker

from tracker.daemon.engine.cluster import HEARTBEAT, SILENT, Queue, Task, job_app
from tracker.store.database import Database

log = structlog.get_logger(__name__)

#: Does a task; must write what goes wrong into our own tables.
JobFunction = Callable[..., object]

#: Seconds between two looks at a queue that was empty.
POLL = 0.5

#: Seconds to the first new try when the queue cannot be reached; doubled up to the longest.
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0


class Worker:
    """Takes jobs of some queues until it is told to stop.

    A worker that loses the database begins anew when it is back; jobs it could not mark as done are done again.
    """

    def __init__(self, database: Database, jobs: Mapping[Task, JobFunction], places: Mapping[Queue, int]) -> None:
        """Make a worker.

        Args:
            database: the store, on PostgreSQL.
            jobs: what does a task; called with the arguments that were queued.
            places: how many jobs of each queue at once; queues left out are not served.

        """
        self._database = database
        self._jobs = jobs
        self._places = {queue: places[queue] for queue in Queue if places.get(queue)}
        self._state = threading.Condition()
        self._stopping = False
        self._serving = False
        self._running = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="worker", daemon=True)

    @property
    def serving(self) -> bool:
        """Return whether it can reach the queue and takes jobs."""
        return self._serving

    @property
    def running(self) -> int:
        """Return how many jobs it does at the moment."""
        return self._running

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()
        log.info("worker started", **{queue.value: count for queue, count in self._places.items()})

    def stop(self, deadline: float) -> bool:
        """Take no more jobs, wait up to so many seconds for those that run, and return whether all ended.

        What does not end in time is done again by another worker.
        """
        with self._state:
            self._stopping = True
            if self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(deadline)
        ended = not self._thread.is_alive()
        log.info("worker stopped", clean=ended)
        return ended

    async def _serve(self) -> None:
        """Serve the queues; begin anew when the database was out of reach."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(sum(self._places.values()), thread_name_prefix="job"))
        with self._state:
            self._loop, self._stop = loop, asyncio.Event()
            if self._stopping:
                return
        wait = FIRST_WAIT
        while not self._stop.is_set():
            began = loop.time()
            try:
                await self._serve_queues(self._stop)
            except Exception as error:
                # The message of a database error may hold the address with its password.
                log.warning("the queue cannot be reached", error=type(error).__name__)
            finally:
                self._serving = False
            if loop.time() - began > LONGEST_WAIT:
                wait = FIRST_WAIT
            if not self._stop.is_set():
                await _either(self._stop.wait(), asyncio.sleep(wait))
            wait = min(2 * wait, LONGEST_WAIT)

    async def _serve_queues(self, stop: asyncio.Event) -> None:
        """Serve every queue until told to stop or one of them breaks off."""
        app = job_app(self._database.engine, connections=len(self._places) + 1)
        for task, function in self._jobs.items():
            self._register(app, task, function)
        async with app.open_async():
            workers = [
                QueueWorker(
                    app,
                    queues=[queue.value],
                    name=queue.value,
                    concurrency=count,
                    # Polled, not listened to: a job that waited for a lock is not announced when that is free.
                    fetch_job_polling_interval=POLL,
                    listen_notify=False,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=SILENT,
                )
                for queue, count in self._places.items()
            ]
            tasks = [asyncio.ensure_future(worker.run()) for worker in workers]  # type: ignore[no-untyped-call]
            self._serving = True
            stopped = asyncio.ensure_future(stop.wait())
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            self._serving = False
            for worker in workers:
                worker.stop()  # type: ignore[no-untyped-call]
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    def _register(self, app: App, task: Task, function: JobFunction) -> None:
        """Let the queue know who does a task; what goes wrong is told here, for to the queue every job succeeds."""

        def job(**arguments: str) -> None:
            with self._state:
                self._running += 1
            try:
                function(**arguments)
            except Exception:
                log.exception("job failed", task=task.value, **arguments)
            finally:
                with self._state:
                    self._running -= 1

        app.task(name=task.value)(job)


async def _either(*awaitables: Coroutine[Any, Any, Any]) -> None:
    """Wait for the first of several; the others are given up."""
    tasks = [asyncio.ensure_future(one) for one in awaitables]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
