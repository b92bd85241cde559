"""Housekeeping that keeps the store quick and small."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import col, delete

from tracker.alerts.subscriptions import CONFIRM_SPAN
from tracker.clock import Clock
from tracker.history.clause_runs import refresh_stale_runs
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.people.subscriptions import forget_subscriptions
from tracker.store.people.throttle import forget_failures
from tracker.store.schema.tables import CheckLog
from tracker.store.texts.retention import KeepRaw, remove_expired
from tracker.store.work.jobs import drop_old_jobs
from tracker.store.work.slots import forget_slots

#: How long the outcome of every single check is kept; observations and events are kept for good.
KEEP_CHECKS = timedelta(days=400)

#: How long a job of a cluster that did not succeed stays in the queue's tables, for whoever asks what it was.
KEEP_JOBS = timedelta(days=30)

#: How long a host's pace is remembered after it let the next request through.
KEEP_SLOTS = timedelta(days=1)

#: Payloads whose bytes one round removes in one transaction: others wait no longer for it.
_MOST_REMOVED = 200


@dataclass(frozen=True, slots=True)
class Maintained:
    """What housekeeping did."""

    checks_dropped: int
    captures_removed: int  #: whose bytes the retention rule let go
    bytes_freed: int


def maintain(database: Database, settings: Settings, clock: Clock) -> Maintained:
    """Drop what is kept no longer, apply the retention rule, bring derived tables up to date."""
    now = clock.now()
    with database.write() as session:
        forget_subscriptions(session, now - CONFIRM_SPAN)
        forget_failures(session, now)
        forget_slots(session, (now - KEEP_SLOTS).timestamp())
        dropped = session.exec(delete(CheckLog).where(col(CheckLog.at) < now - KEEP_CHECKS)).rowcount
        if not database.is_sqlite:
            drop_old_jobs(session, KEEP_JOBS.total_seconds())
    removed = freed = 0
    keep, before = KeepRaw(settings.keep_raw), now - timedelta(days=settings.keep_raw_days)
    while keep is not KeepRaw.ALL:
        with database.write() as session:
            count, size = remove_expired(session, keep, before, _MOST_REMOVED)
        removed, freed = removed + count, freed + size
        if count < _MOST_REMOVED:
            break
    refresh_stale_runs(database)
    return Maintained(dropped, removed, freed)


def compact(database: Database) -> None:
    """Give back to the system what removed rows left free; on SQLite that needs as much free disk as the store has."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.is_sqlite:
            # Not through SQLAlchemy's transaction, inside which no file can be rewritten.
            raw = connection.connection.dbapi_connection
            assert raw is not None
            cursor = raw.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()
        else:
            connection.execute(text("VACUUM (ANALYZE)"))
