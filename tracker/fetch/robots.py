"""What hosts ask of robots (RFC 9309), read by protego and remembered for a day."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from tracker.clock import Clock
from tracker.errors import FetchError, RobotsForbidden
from tracker.words import FailureKind

#: RFC 9309 2.4: not longer than 24 hours.
KEEP = timedelta(hours=24)

#: How long an unreachable robots.txt counts as "stay away" before it is asked for again.
KEEP_UNREACHABLE = timedelta(minutes=15)

#: Origins remembered; past that all are forgotten, so that hostile redirects cannot fill the memory.
MOST_ORIGINS = 10_000

#: RFC 9309 2.5: at least 500 KiB are read.
MAX_BYTES = 512 * 1024

#: A longer Crawl-delay than this many seconds is cut; one page a day need not wait for minutes.
LONGEST_CRAWL_DELAY = 60.0


def longest_spacing(host_delay: float) -> float:
    """Return how many seconds at most may lie between two requests to a host, whatever its robots.txt asks for."""
    return max(host_delay, LONGEST_CRAWL_DELAY)


#: The name that robots.txt rules may address.
ROBOT_NAME = "policy-tracker"


@dataclass(frozen=True, slots=True)
class _Kept:
    rules: Protego | None
    failure: FetchError | None
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Return whether it is still to be used; what was had in a time to come, by a clock that ran ahead, is not."""
        return self.since <= now < self.until


#: Fetches an address and returns status and body; raises FetchError.
GetText = Callable[[str], tuple[int, bytes]]


class Robots:
    """Answers whether a page may be fetched, per origin."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def check(self, url: str, get: GetText) -> float:
        """Return the host's crawl delay in seconds (0 where none) if it lets us fetch this page.

        Raises:
            RobotsForbidden: its robots.txt says no.
            FetchError: its robots.txt cannot be had now, which RFC 9309 reads as "not now".

        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            kept = self._kept.get(origin)
        if kept is None or not kept.holds(self._clock.now()):
            kept = self._fetch(origin, get)
            with self._lock:
                if len(self._kept) >= MOST_ORIGINS:
                    self._kept.clear()
                self._kept[origin] = kept
        if kept.failure is not None:
            # A fresh copy: one exception object must not be raised by several threads.
            raise FetchError(
                kept.failure.kind,
                str(kept.failure),
                status=kept.failure.status,
                retry_after=kept.failure.retry_after,
            )
        if kept.rules is None:
            return 0.0
        if not kept.rules.can_fetch(url, ROBOT_NAME):
            raise RobotsForbidden(f"robots.txt of {parts.netloc} asks us not to fetch this page")
        return min(float(kept.rules.crawl_delay(ROBOT_NAME) or 0.0), LONGEST_CRAWL_DELAY)

    def _fetch(self, origin: str, get: GetText) -> _Kept:
        now = self._clock.now()
        try:
            status, body = get(f"{origin}/robots.txt")
        except FetchError as error:
            return _Kept(None, error, now, now + KEEP_UNREACHABLE)
        if status == 429 or status >= 500:
            told = f"{origin}/robots.txt answers with HTTP {status}, which means: not now"
            failure = FetchError(FailureKind.SERVER_ERROR, told, status=status)
            return _Kept(None, failure, now, now + KEEP_UNREACHABLE)
        if status >= 300:
            return _Kept(None, None, now, now + KEEP)
        # Editors of Windows write a mark before the first line; with it, that line would name no robot.
        return _Kept(Protego.parse(body.decode("utf-8-sig", "replace")), None, now, now + KEEP)
