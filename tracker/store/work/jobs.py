"""Queries on the job queue of a cluster (procrastinate's tables) beside our own: what waits, what was left behind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlmodel import Session

if TYPE_CHECKING:
    from procrastinate import App

_WAITING = text("select queue_name, status::text, lock from procrastinate_jobs where status in ('todo', 'doing')")

# A worker that a newer one has pruned leaves jobs without one.
_STALLED = text(
    "select job.id, job.task_name, job.args from procrastinate_jobs job "
    "left join procrastinate_workers worker on worker.id = job.worker_id "
    "where job.status = 'doing' and (worker.id is null "
    "or worker.last_heartbeat < now() - make_interval(secs => :silent)) "
    "order by job.id for update of job skip locked"
)

_FAIL = text("select procrastinate_finish_job_v1(:id, 'failed', false)")

_ORPHANS = text(
    "update source set lease_owner = null, lease_until = null "
    "where lease_owner = :owner and lease_until < :claimed_before and not exists ("
    "select 1 from procrastinate_jobs job where job.status in ('todo', 'doing') "
    "and job.task_name = :task and job.args ->> 'source_id' = source.id) returning id"
)

_DROP_OLD = text(
    "delete from procrastinate_jobs where status not in ('todo', 'doing') and id in "
    "(select job_id from procrastinate_events group by job_id having max(at) < now() - make_interval(secs => :age))"
)

_INSTALLED = text("select to_regclass('procrastinate_jobs') is not null")


@dataclass(frozen=True, slots=True)
class QueueState:
    """What waits and runs, by queue."""

    waiting: Counter[str]
    running: Counter[str]
    locks: Counter[str]  #: jobs that wait or run, by the lock they need


def queue_job(
    session: Session, app: "App", task: str, queue: str, lock: str, once: str, arguments: Mapping[str, str]
) -> None:
    """Queue a job within a writer's transaction.

    Args:
        session: of a writer.
        app: procrastinate; it need not be open.
        task: name of the task.
        queue: name of the queue.
        lock: of jobs with the same lock one runs at a time.
        once: of jobs with the same word one waits at a time.
        arguments: of the task.

    Raises:
        AlreadyEnqueued: procrastinate's; one waits already, and the transaction is of no more use.

    """
    driver = session.connection().connection.driver_connection
    job = app.configure_task(task, queue=queue, lock=lock, queueing_lock=once, connection=driver)
    job.defer(**arguments)


def queue_state(session: Session) -> QueueState:
    """Return what waits and runs now."""
    state = QueueState(Counter(), Counter(), Counter())
    for queue, status, lock in session.execute(_WAITING):
        (state.running if status == "doing" else state.waiting)[queue] += 1
        if lock is not None:
            state.locks[lock] += 1
    return state


def fail_stalled(session: Session, silent_seconds: float) -> list[tuple[str, dict[str, Any]]]:
    """End jobs whose worker gave no sign of life for so long, which frees their locks; return task and arguments.

    They are failed, not retried: what they did is due in our own tables, and a retry of a job that was queued again
    meanwhile breaks a unique constraint.
    """
    found: Sequence[Any] = session.execute(_STALLED, {"silent": silent_seconds}).all()
    for ident, _, _ in found:
        session.execute(_FAIL, {"id": ident})
    return [(task, args) for _, task, args in found]


def free_orphans(session: Session, task: str, owner: str, claimed_before: datetime) -> list[str]:
    """End leases of an owner, taken out long enough ago, that no job of a task stands for; return the sources' ids.

    Args:
        session: of a writer.
        task: name of the task whose argument `source_id` names the source.
        owner: who signed the leases.
        claimed_before: the end of a lease taken out long enough ago.

    """
    told = {"task": task, "owner": owner, "claimed_before": claimed_before}
    return list(session.execute(_ORPHANS, told).scalars())


def drop_old_jobs(session: Session, age_seconds: float) -> int:
    """Delete jobs that ended so long ago; return how many: none in a PostgreSQL store without the queue's tables."""
    if not session.execute(_INSTALLED).scalar_one():
        return 0
    return session.execute(_DROP_OLD, {"age": age_seconds}).rowcount  # type: ignore[attr-defined, no-any-return]
