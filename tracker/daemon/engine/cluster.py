"""The distributed engine: a job queue on the store's PostgreSQL takes checks and deliveries to workers on any machine.

What is due stands in our own tables; the queue (procrastinate) only carries. A job therefore never waits for a time,
is never retried and always succeeds: what it found, or when to try again, it writes into our tables. A job left behind
by a worker that died is failed, which frees its lock, and the planner queues what is due anew.
"""

from collections.abc import Collection, Container
from datetime import timedelta
from enum import StrEnum

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy.engine import Engine as SqlEngine

from tracker.alerts.outbox import LEASE as DELIVERY_LEASE
from tracker.alerts.outbox import Lane, due_lanes
from tracker.alerts.sender import SendReport
from tracker.clock import Clock
from tracker.fetch.robots import longest_spacing
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.work.jobs import fail_stalled, free_orphans, queue_job, queue_state
from tracker.store.work.lanes import failing_lanes, free_deliveries
from tracker.store.work.leases import hosts_in_trouble
from tracker.store.work.orders import due_orders
from tracker.store.work.slots import resting_hosts

log = structlog.get_logger(__name__)

#: Signs the leases of all checks a cluster takes: the planner claims, a worker gives back.
OWNER = "cluster"

#: Checks kept ready in the queue: what all workers together can do between two looks of the planner at what is due.
BACKLOG = 500

#: The same for hosts that did not answer lately.
SLOW_BACKLOG = 50

#: Jobs of one host that wait or run.
PER_HOST = 2

#: Seconds between two signs of life of a worker.
HEARTBEAT = 4.0

#: Seconds without one after which a worker counts as dead.
SILENT = 20.0

#: Seconds after its claim at which a check that no job stands for counts as lost.
LOST = 20.0


class Queue(StrEnum):
    """Kinds of work; a worker has places of its own for each, so that none holds up another."""

    CHECK = "check"
    SLOW = "slow"  #: checks of hosts that did not answer lately
    DELIVER = "deliver"
    REDELIVER = "redeliver"  #: deliveries to destinations whose last message failed; who serves `deliver` serves it too
    BACKFILL = "backfill"


#: Lanes a worker delivers in side by side: one that hangs holds its place until its own deadline, and no other.
DELIVERY_PLACES = 32

#: The same for lanes in which a message failed.
REDELIVERY_PLACES = 8

#: Lanes kept ready in each of their queues.
DELIVERY_BACKLOG = 500

#: Back-fills side by side; an archive gives out one capture at a time anyway, to all workers together.
BACKFILL_PLACES = 2

#: Back-fills kept ready in the queue.
BACKFILL_BACKLOG = 20


def places_of(concurrency: int, names: Collection[str] = ()) -> dict[Queue, int]:
    """Return how many jobs of each queue a worker does side by side.

    Args:
        concurrency: checks of hosts that answer.
        names: of the queues to serve; none means all.

    """
    served = {*names, *([Queue.REDELIVER.value] if Queue.DELIVER.value in names else [])}
    places = {
        Queue.CHECK: concurrency,
        Queue.SLOW: max(1, concurrency // 2),
        Queue.DELIVER: DELIVERY_PLACES,
        Queue.REDELIVER: REDELIVERY_PLACES,
        Queue.BACKFILL: BACKFILL_PLACES,
    }
    return {queue: count for queue, count in places.items() if not served or queue.value in served}


class Task(StrEnum):
    """What a job does; the names in the queue."""

    CHECK = "check"
    DELIVER = "deliver"
    BACKFILL = "backfill"


def job_app(engine: SqlEngine, connections: int = 1) -> App:
    """Return procrastinate over the database of an engine; `connections` are its own, opened when it is."""
    told = dict(engine.dialect.create_connect_args(engine.url)[1])
    told.pop("context", None)  # SQLAlchemy's way to read JSON is not procrastinate's
    return App(connector=PsycopgConnector(kwargs=told, min_size=1, max_size=connections))


def lane_lock(lane: Lane) -> str:
    """Return the lock of a lane: one worker sends in it at a time."""
    return f"lane:{lane.destination}:{lane.route}"


class ClusterEngine:
    """The planner's side of the queue: an `Engine` whose checks are done by workers."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, lease_seconds: float) -> None:
        """Make the engine.

        Args:
            database: the store, on PostgreSQL.
            settings: of this installation.
            clock: tells the time.
            lease_seconds: how long the planner claims a check for.

        """
        self._database = database
        self._settings = settings
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)
        self._app = job_app(database.engine)
        self._slow: frozenset[str] = frozenset()
        self._draining = False

    def enqueue(self, source_id: str, host: str) -> bool:
        """Queue a check; False when that source is already queued, or the engine is draining."""
        queue = Queue.SLOW if host in self._slow else Queue.CHECK
        return self._queue(Task.CHECK, queue, f"host:{host}", f"check:{source_id}", source_id=source_id)

    def free(self) -> int:
        """Return how many more checks the queue is to hold."""
        with self._database.read() as session:
            return max(0, BACKLOG - queue_state(session).waiting[Queue.CHECK])

    def busy(self) -> Container[str]:
        """Return hosts with enough in the queue, those whose next slot is far, and slow ones while enough wait."""
        now = self._clock.now().timestamp()
        soon, furthest = now + self._settings.tick, now + longest_spacing(self._settings.host_delay)
        with self._database.read() as session:
            state = queue_state(session)
            self._slow = hosts_in_trouble(session)
            resting = resting_hosts(session, soon, furthest)
        full = {lock.removeprefix("host:") for lock, count in state.locks.items() if count >= PER_HOST}
        slow = self._slow if state.waiting[Queue.SLOW] >= SLOW_BACKLOG else frozenset[str]()
        return full | resting | slow

    def tend(self) -> int:
        """Free what dead workers had taken, and claims without a job; queue ordered back-fills; return checks freed."""
        freed = self._free_lost()
        with self._database.read() as session:
            known = queue_state(session).locks
            due = due_orders(session, self._clock.now(), BACKFILL_BACKLOG)
        for source_id in due:
            lock = f"backfill:{source_id}"
            if lock not in known:
                self._queue(Task.BACKFILL, Queue.BACKFILL, lock, lock, source_id=source_id)
        return freed

    def _free_lost(self) -> int:
        now = self._clock.now()
        with self._database.write() as session:
            stalled = fail_stalled(session, SILENT)
            freed = free_orphans(session, Task.CHECK, OWNER, now + self._lease - timedelta(seconds=LOST))
            for task, told in stalled:
                if task == Task.DELIVER and told.keys() >= {"route", "destination"}:
                    # One job at a time sends in a lane: what was claimed while its worker lived has no sender now.
                    claimed_before = now + DELIVERY_LEASE - timedelta(seconds=SILENT - HEARTBEAT)
                    free_deliveries(session, told["route"], told["destination"], claimed_before)
        if stalled or freed:
            log.warning("left behind by a worker", jobs=len(stalled), checks=freed)
        return len(freed)

    def drain(self, deadline: float) -> bool:
        """Queue nothing more; workers go on with what is queued."""
        self._draining = True
        return True

    def send_due(self, routes: tuple[Route, ...]) -> SendReport:
        """Queue a job for each lane that holds something due; the reports are the workers' to log.

        Lanes whose last message failed have a queue of their own: hung destinations hold up each other, never those
        that answer.
        """
        with self._database.read() as session:
            lanes = due_lanes(session, self._clock.now())
            if not lanes:
                return SendReport()
            failing = failing_lanes(session)
            state = queue_state(session)
        room = {queue: DELIVERY_BACKLOG - state.waiting[queue] for queue in (Queue.DELIVER, Queue.REDELIVER)}
        for lane in lanes:
            queue = Queue.REDELIVER if (lane.route, lane.destination) in failing else Queue.DELIVER
            lock = lane_lock(lane)
            if room[queue] > 0 and lock not in state.locks:
                self._queue(Task.DELIVER, queue, lock, lock, route=lane.route, destination=lane.destination)
                room[queue] -= 1
        return SendReport()

    def _queue(self, task: Task, queue: Queue, lock: str, once: str, **arguments: str) -> bool:
        """Queue a job unless one with the same `once` waits; of those with the same `lock` one runs at a time."""
        if self._draining:
            return False
        try:
            with self._database.write() as session:
                queue_job(session, self._app, task, queue, lock, once, arguments)
        except AlreadyEnqueued:
            return False
        return True
