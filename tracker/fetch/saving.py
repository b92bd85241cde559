"""Asks the Internet Archive to keep a page as it is now: its Save Page Now, version 2."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from tracker.clock import Clock
from tracker.errors import ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded, FetchError
from tracker.fetch.backoff import parse_retry_after
from tracker.fetch.pacing import ARCHIVE_KEY, Pacer
from tracker.fetch.posting import Posted, Poster
from tracker.moments import moment_of, timestamp_of
from tracker.settings import Settings
from tracker.words import FailureKind

ARCHIVE = "https://web.archive.org"

#: Pages a minute that the archive takes from those who have keys, and from others.
PER_MINUTE, PER_MINUTE_WITHOUT_KEYS = 7, 3

#: Seconds between two questions what became of a page.
_LOOK_DELAY = 2.0

_PACE = f"{ARCHIVE_KEY}save-page-now"
_MOST_ANSWER = 65_536

#: The archive names no time with its 429; a refused connection is its firewall, which stays shut for an hour.
_DEFAULT_WAIT, _SHUT_OUT = 60.0, 3_600.0

#: Words of the archive for pages it will not keep, however often it is asked.
_FOR_GOOD = {
    "error:blocked-url",
    "error:filesize-limit",
    "error:ftp-access-denied",
    "error:gone",
    "error:invalid-url-syntax",
    "error:invalid-server-response",
    "error:method-not-allowed",
    "error:no-access",
    "error:not-found",
    "error:not-implemented",
    "error:too-many-redirects",
    "error:unauthorized",
}

_JOB = re.compile(r"[A-Za-z0-9_-]{1,100}")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"\\^`{|}]{1,4000}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A copy that was made."""

    memento: str  #: its address
    at: datetime  #: when the page looked like that


class PageSaver(Protocol):
    """A public archive that keeps pages when asked to.

    Both methods raise `ArchiveRateLimited` (ask nothing for a while), `CaptureExcluded` (it never will) and
    `ArchiveUnavailable` (it may later).
    """

    def submit(self, url: str) -> str | SavedPage:
        """Ask for a copy; return what the archive calls its work, or the copy where it has a fresh one."""
        ...

    def look(self, job: str) -> SavedPage | None:
        """Return the copy that came of a work; None while it is not done."""
        ...


class SavePageNow:
    """The Internet Archive. Safe to share between threads; all of them keep to its pace together."""

    def __init__(self, settings: Settings, clock: Clock, pacer: Pacer, archive: str = ARCHIVE) -> None:
        self._clock = clock
        self._pacer = pacer
        self._archive = archive
        self._poster = Poster(settings)
        self._headers = {"Accept": "application/json"}
        keys = settings.archive_keys
        if keys is not None:
            self._headers["Authorization"] = f"LOW {keys.get_secret_value()}"
        self._delay = 60 / (PER_MINUTE if keys else PER_MINUTE_WITHOUT_KEYS)

    def submit(self, url: str) -> str | SavedPage:
        """Ask for a copy of what an address shows, error pages left out."""
        headers = self._headers | {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"url": url, "skip_first_archive": "1"}).encode()
        told = self._asked("/save", self._delay, headers, body)
        job = told.get("job_id")
        if isinstance(job, str) and _JOB.fullmatch(job):
            return job
        message = str(told.get("message", ""))[:200]
        if "snapshot had been made" in message:
            # The archive leads from any time to the copy that is nearest.
            now = self._clock.now()
            return SavedPage(f"{self._archive}/web/{timestamp_of(now)}/{url}", now)
        raise _failure(str(told.get("status_ext", "")), message)

    def look(self, job: str) -> SavedPage | None:
        """Ask what became of a work."""
        if not _JOB.fullmatch(job):
            raise ArchiveUnavailable("the archive's name for its work cannot be used")
        told = self._asked(f"/save/status/{job}", _LOOK_DELAY, self._headers, None)
        status = told.get("status")
        if status == "pending":
            return None
        if status != "success":
            raise _failure(str(told.get("status_ext", "")), str(told.get("message", ""))[:200])
        stamp, original = str(told.get("timestamp", "")), str(told.get("original_url", ""))
        at = moment_of(stamp)
        if at is None or not _ADDRESS.fullmatch(original):
            raise ArchiveUnavailable("the archive says that it kept the page, but not where")
        return SavedPage(f"{self._archive}/web/{stamp}/{original}", at)

    def close(self) -> None:
        """Close idle connections."""
        self._poster.close()

    def _asked(self, path: str, delay: float, headers: dict[str, str], body: bytes | None) -> dict[str, Any]:
        """Return what the archive answers, in its turn."""
        self._refuse_blocked()
        self._pacer.acquire(_PACE, delay)
        try:
            self._refuse_blocked()
            url = f"{self._archive}{path}"
            if body is None:
                answer = self._poster.get(url, headers, most=_MOST_ANSWER)
            else:
                answer = self._poster.post(url, body, headers, most=_MOST_ANSWER)
        except FetchError as error:
            if error.kind is FailureKind.CONNECT:
                raise self._blocked(_SHUT_OUT, "the archive refused the connection") from error
            raise ArchiveUnavailable(f"the archive: {error}") from error
        finally:
            self._pacer.release(_PACE)
        return self._told(answer)

    def _told(self, answer: Posted) -> dict[str, Any]:
        if answer.status == 429:
            wait = parse_retry_after(answer.headers.get("Retry-After"), self._clock.now())
            raise self._blocked(wait or _DEFAULT_WAIT, "the archive asks us to wait (HTTP 429)")
        if answer.status in {401, 403}:
            raise ArchiveUnavailable(
                f"the archive does not take pages from us (HTTP {answer.status}): set archive_keys"
            )
        if answer.status != 200:
            raise ArchiveUnavailable(f"the archive answered HTTP {answer.status}")
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise ArchiveUnavailable("the archive's answer cannot be read") from error
        if not isinstance(told, dict):
            raise ArchiveUnavailable("the archive's answer cannot be read")
        return told

    def _refuse_blocked(self) -> None:
        until = self._pacer.blocked_until(_PACE)
        if until is not None:
            wait = (until - self._clock.now()).total_seconds()
            raise ArchiveRateLimited("the archive asked us to wait", max(wait, 1.0))

    def _blocked(self, wait: float, reason: str) -> ArchiveRateLimited:
        self._pacer.block(_PACE, self._clock.now() + timedelta(seconds=wait))
        return ArchiveRateLimited(reason, wait)


def _failure(status: str, message: str) -> ArchiveUnavailable | CaptureExcluded:
    said = ": ".join(part for part in (status[:100], message) if part) or "it does not say why"
    if status in _FOR_GOOD:
        return CaptureExcluded(f"the archive does not keep this page ({said})")
    return ArchiveUnavailable(f"the archive could not keep the page ({said})")
