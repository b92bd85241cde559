"""When a source is due next."""

import random
from datetime import datetime, timedelta

from tracker.sources.cron import cron_trigger
from tracker.sources.model import Source

#: First wait before a suspect text is looked at again; doubles each time up to the source's own interval.
HELD_RECHECK = timedelta(minutes=30)


def next_due(source: Source, now: datetime) -> datetime:
    """Return when a source that was just checked is due again.

    The jitter is drawn from the source's id and the hour, so that sources spread out yet a test can foretell it.
    """
    schedule = source.schedule
    if schedule.cron is not None:
        fires: datetime | None = cron_trigger(schedule.cron).get_next_fire_time(None, now + timedelta(seconds=1))
        # A cron line that never fires again falls back to a yearly look.
        return fires if fires else now + timedelta(days=365)
    interval = schedule.interval or timedelta(hours=12)
    spread = random.Random(f"{source.id} {now:%Y-%m-%dT%H}").uniform(-schedule.jitter, schedule.jitter)  # noqa: S311 - spreads load, hides nothing
    return now + interval * (1 + spread)


def recheck_held(source: Source, now: datetime, times_seen: int) -> datetime:
    """Return when a suspect text is looked at again: soon, and ever later while it stays."""
    soon: datetime = now + HELD_RECHECK * 2 ** min(times_seen - 1, 10)
    return min(soon, next_due(source, now))
