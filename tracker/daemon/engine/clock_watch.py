"""Notices that the clock was set back, and brings back what was planned while it ran ahead."""

from datetime import datetime, timedelta

import structlog

from tracker.counting import counted
from tracker.daemon.runtime import Runtime
from tracker.store.work.events import log_event
from tracker.store.work.set_back import bring_back, latest_check

log = structlog.get_logger(__name__)

#: Steps no larger are what a clock that is kept right does now and then.
SLACK = timedelta(minutes=1)


class ClockWatch:
    """Compares each look at the clock with the one before; the first with what the store was told last."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._latest: datetime | None = None

    def look(self) -> bool:
        """Return whether the clock was set back by more than a little since; then what it left is brought back."""
        now = self._runtime.clock.now()
        latest = self._latest or self._stored()
        if latest is not None and now < latest - SLACK:
            delay = timedelta(seconds=self._runtime.settings.confirm_delay)
            with self._runtime.database.write() as session:
                rows = bring_back(session, now, delay)
                back = f"{counted(rows, 'row')} brought back"
                log_event(session, now, None, "clock_set_back", f"by {latest - now} or more; {back}")
            log.warning("the clock was set back", by=str(latest - now), rows=rows)
            self._latest = now
            return True
        self._latest = now
        return False

    def _stored(self) -> datetime | None:
        with self._runtime.database.read() as session:
            return latest_check(session)
