"""Housekeeping that keeps the store quick and small."""

from datetime import timedelta

from sqlalchemy import text
from sqlmodel import col, delete

from tracker.alerts.subscriptions import CONFIRM_SPAN
from tracker.daemon.runtime import Runtime
from tracker.history.clause_runs import refresh_stale_runs
from tracker.store.subscriptions import forget_subscriptions
from tracker.store.tables import CheckLog

#: How long the outcome of every single check is kept; observations and events are kept for good.
KEEP_CHECKS = timedelta(days=400)


def maintain(runtime: Runtime) -> int:
    """Drop old check outcomes and subscriptions that are over, bring what is derived up to date.

    Returns the number of check outcomes that were dropped: those older than `KEEP_CHECKS`.
    """
    with runtime.database.write() as session:
        before = runtime.clock.now() - KEEP_CHECKS
        forget_subscriptions(session, runtime.clock.now() - CONFIRM_SPAN)
        dropped = session.exec(delete(CheckLog).where(col(CheckLog.at) < before)).rowcount
    refresh_stale_runs(runtime.database)
    if runtime.database.is_sqlite:
        with runtime.database.engine.connect() as connection:
            connection.execute(text("PRAGMA optimize"))
    return dropped
