"""When to try again after failures, and what a Retry-After header asks for."""

import random
from datetime import datetime, timedelta

from tracker.moments import seconds_asked
from tracker.settings import Settings

#: Share by which a wait is drawn out or shortened, so that sources that failed together do not come back together.
JITTER = 0.1

#: A host may ask us to wait, not to stay away for good: longer waits are cut to this many seconds.
LONGEST_RETRY_AFTER = 7 * 86_400.0


def next_check(now: datetime, failures: int, settings: Settings, *, retry_after: float | None, seed: str) -> datetime:
    """Return when to check again after so many failures in a row (from 1).

    The wait doubles with each failure up to `retry_cap`; what the host asked for is the least. `seed` (the source's id)
    makes the jitter the same on every run.
    """
    wait = min(settings.retry_base * 2.0 ** min(max(failures, 1) - 1, 30), settings.retry_cap)
    wait *= 1 + random.Random(f"{seed} {failures}").uniform(-JITTER, JITTER)  # noqa: S311 - spreads load, hides nothing
    return now + timedelta(seconds=max(wait, min(retry_after or 0.0, LONGEST_RETRY_AFTER)))


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3); None where it says nothing readable."""
    return seconds_asked(value, now, LONGEST_RETRY_AFTER)
