"""Asks web archives over CDX and Memento: a polite client with two dialects."""

import http.client
import random
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn, TypeVar
from urllib.parse import urlencode

import requests
import structlog
import urllib3

from tracker.clock import Clock
from tracker.errors import ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded, FetchError, NotPlayable
from tracker.fetch.archive_body import read_archived
from tracker.fetch.backoff import parse_retry_after
from tracker.fetch.cdx import IA_FIELDS, IndexPage, distinct_addresses, parse_ia, parse_pywb, same_site
from tracker.fetch.memento import (
    REDIRECTS,
    Headers,
    Target,
    header,
    is_excluded,
    original_headers,
    played_at,
    redirect_target,
    replay_address,
    replayed_target,
)
from tracker.fetch.model import ArchiveConfig, Capture, Hop, Page
from tracker.fetch.pacing import Pacer
from tracker.fetch.transport import Transport, failure_of
from tracker.fetch.watch import Watch
from tracker.moments import moment_of, timestamp_of
from tracker.settings import Settings

log = structlog.get_logger()

#: How far the target of an archived redirect may lie from the redirect, in time.
DRIFT = timedelta(hours=24)

#: Tries of one request before the archive counts as unavailable.
ATTEMPTS = 4
_BACKOFF_BASE = 2.0
_BACKOFF_CAP = 60.0

#: The Internet Archive names no time with its 429; ignoring one for a minute gets the network shut out.
_DEFAULT_WAIT = 60.0
#: A refused connection is the Internet Archive's firewall; it stays shut for an hour, doubling each time.
_SHUT_OUT = 3_600.0
_LONGEST_SHUT_OUT = 86_400.0

_MOST_CAPTURES = 500_000
_MOST_ROWS_AT_ONCE = 150_000
_MOST_ADDRESSES = 2_000  #: rows of the index that are looked at for addresses of one host

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the archives of one kind like to be asked; delays are seconds between two requests."""

    index_delay: float
    replay_delay: float


DIALECTS = {
    "ia": Dialect(index_delay=60 / 24, replay_delay=1 / 8),
    "pywb": Dialect(index_delay=60 / 200, replay_delay=60 / 300),
}


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Headers
    body: bytes


class WebArchive:
    """One archive, safe to use from several threads. Implements `tracker.fetch.model.Archive`."""

    def __init__(
        self, config: ArchiveConfig, settings: Settings, clock: Clock, pacer: Pacer, *, page_rows: int = 10_000
    ) -> None:
        self.name = config.name
        #: rows of indexes left out so far because they could not be read
        self.skipped_rows = 0
        self._config = config
        self._settings = settings
        self._clock = clock
        self._pacer = pacer
        self._page_rows = page_rows
        dialect = DIALECTS[config.dialect]
        self._index_delay = dialect.index_delay if config.delay is None else config.delay
        self._replay_delay = dialect.replay_delay if config.delay is None else config.delay
        self._key = f"archive:{config.name}"
        self._lock = threading.Lock()
        self._refusals = 0
        # The user chose the archive, so its address may be private; redirects never lead to another host.
        self._transport = Transport(settings, guarded=False, retry=False)

    def close(self) -> None:
        """Free the connections."""
        self._transport.close()

    def captures(self, url: str, since: datetime | None = None, until: datetime | None = None) -> Iterator[Capture]:
        """Yield the captures of exactly this address in time order, each (timestamp, url, digest) once.

        Args:
            url: an address; archives ignore scheme, `www.` and case, so captures of those variants come too.
            since: no earlier ones, to the second.
            until: no later ones, to the second.

        Raises:
            ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded.

        """
        first = timestamp_of(since) if since else ""
        last = timestamp_of(until) if until else "9" * 14
        found: dict[tuple[str, str, str], Capture] = {}
        skipped = 0
        for page in self._pages(url, first, last):
            skipped += page.skipped
            for capture in page.captures:
                if first <= capture.timestamp <= last:
                    found.setdefault((capture.timestamp, capture.url, capture.digest), capture)
            if len(found) > _MOST_CAPTURES:
                raise ArchiveUnavailable(f"{self.name}: more than {_MOST_CAPTURES:,} captures; ask for a shorter span")
        if skipped:
            with self._lock:
                self.skipped_rows += skipped
            log.warning("index rows left out", archive=self.name, url=url, rows=skipped)
        for key in sorted(found):
            yield found[key]

    def addresses(self, host: str, stems: Sequence[str]) -> list[str]:
        """Return addresses of a host that were archived and hold one of these stems, each page once; one question.

        Raises:
            ArchiveRateLimited, ArchiveUnavailable, CaptureExcluded.

        """
        query = {"url": host, "matchType": "host", "output": "json", "limit": str(_MOST_ADDRESSES)}
        pattern = f"(?i).*({'|'.join(map(re.escape, stems))}).*"
        if self._config.dialect == "ia":
            query |= {"fl": IA_FIELDS, "filter": f"original:{pattern}", "collapse": "urlkey"}
        else:
            query["filter"] = f"~url:{pattern}"
        return distinct_addresses(capture.url for capture in self._index(query, f"https://{host}/").captures)

    def memento(self, capture: Capture) -> Page:
        """Return one capture as archived, archived redirects resolved inside the archive.

        Raises:
            NotPlayable, CaptureExcluded, ArchiveRateLimited, ArchiveUnavailable.

        """
        wanted = moment_of(capture.timestamp)
        if wanted is None:
            raise NotPlayable(f"{self.name}: {capture.timestamp!r} is no time")
        target = Target(capture.timestamp, capture.url)
        hops: list[Hop] = []
        visited: set[str] = set()
        while len(hops) <= self._settings.max_redirects:
            address = replay_address(self._config.replay, target)
            if address in visited or len(visited) > 2 * self._settings.max_redirects + 1:
                raise NotPlayable(f"{self.name}: the archived redirects of {capture.url} run in a circle")
            visited.add(address)
            answer = self._retried(lambda address=address: self._get(address, None, self._replay_delay))  # type: ignore[misc]
            played = played_at(answer.headers)
            location = header(answer.headers, "location")
            if played is None:
                target = self._moved_in_time(capture, target, answer, address, followed=bool(hops))
                continue
            self._check_time(wanted, played, followed=bool(hops))
            if answer.status not in REDIRECTS or not location:
                return self._page(capture, target, answer, played, hops)
            following = redirect_target(location, self._config.replay, address, target)
            if following is None:
                raise NotPlayable(f"{self.name}: the archived redirect of {target.url} leads to no web address")
            hops.append(Hop(answer.status, target.url, following.url))
            target = following
        raise NotPlayable(f"{self.name}: more than {self._settings.max_redirects} archived redirects")

    def _page(self, capture: Capture, target: Target, answer: _Answer, played: datetime, hops: list[Hop]) -> Page:
        return Page(
            url=capture.url,
            final_url=target.url,
            status=answer.status,
            headers=original_headers(answer.headers),
            body=answer.body,
            captured_at=played,
            redirects=tuple(hops),
            archive=self.name,
            replay_url=replay_address(self._config.replay, Target(timestamp_of(played), target.url), ""),
        )

    def _moved_in_time(
        self, capture: Capture, target: Target, answer: _Answer, address: str, *, followed: bool
    ) -> Target:
        """Return where an answer without Memento-Datetime leads: to the capture asked for, or near it after a hop."""
        location = header(answer.headers, "location")
        if answer.status in REDIRECTS and location:
            other = replayed_target(location, self._config.replay, address)
            moment = moment_of(other.timestamp) if other else None
            if other and moment and same_site(other.url, target.url):
                self._check_time(moment_of(capture.timestamp) or moment, moment, followed=followed)
                return other
        if is_excluded(answer.status, answer.body):
            raise CaptureExcluded(f"{self.name} may not show {capture.url}")
        raise NotPlayable(f"{self.name}: HTTP {answer.status} that is no archived page, for {address}")

    def _check_time(self, wanted: datetime, played: datetime, *, followed: bool) -> None:
        if abs(played - wanted) > (DRIFT if followed else timedelta(0)):
            raise NotPlayable(
                f"{self.name}: asked {timestamp_of(wanted)}, archive played {timestamp_of(played)}"
                + (" after a redirect" if followed else "")
            )

    def _pages(self, url: str, first: str, last: str) -> Iterator[IndexPage]:
        span = {name: value for name, value in (("from", first), ("to", last)) if value and value != "9" * 14}
        query = {"url": url, "matchType": "exact", "output": "json", **span}
        if self._config.dialect == "ia":
            yield from self._pages_by_key(query, url)
        else:
            yield from self._pages_by_time(query, url)

    def _pages_by_key(self, query: dict[str, str], url: str) -> Iterator[IndexPage]:
        query |= {"fl": IA_FIELDS, "limit": str(self._page_rows), "showResumeKey": "true"}
        seen: set[str] = set()
        while True:
            page = self._index(query, url)
            yield page
            if page.resume_key is None:
                return
            if page.resume_key in seen:
                raise ArchiveUnavailable(f"{self.name}: the index repeats itself, its list is not complete")
            seen.add(page.resume_key)
            query["resumeKey"] = page.resume_key

    def _pages_by_time(self, query: dict[str, str], url: str) -> Iterator[IndexPage]:
        """Yield pages of an index that knows no resume key: each begins at the last timestamp of the one before."""
        limit = self._page_rows
        while True:
            page = self._index(query | {"limit": str(limit)}, url)
            yield page
            if page.rows < limit:
                return
            if page.last and page.last > query.get("from", ""):
                query["from"] = page.last
            elif limit < _MOST_ROWS_AT_ONCE:
                limit *= 2  # more captures in one second than fit into a page
            else:
                raise ArchiveUnavailable(f"{self.name}: the index does not get on, its list is not complete")

    def _index(self, query: dict[str, str], url: str) -> IndexPage:
        parse = parse_ia if self._config.dialect == "ia" else parse_pywb

        def ask() -> IndexPage | _Answer:
            try:
                answer = self._get(self._config.cdx, query, self._index_delay)
            except NotPlayable as error:
                raise ArchiveUnavailable(f"{self.name}: the index: {error}") from error
            if answer.status != 200 or is_excluded(answer.status, answer.body[:512]):
                return answer
            return parse(answer.body.decode("utf-8", "replace"), self.name, url)

        found = self._retried(ask)
        if isinstance(found, IndexPage):
            return found
        if is_excluded(found.status, found.body):
            raise CaptureExcluded(f"{self.name} may not show {url}")
        raise ArchiveUnavailable(f"{self.name}: the index answered HTTP {found.status}; is its address right?")

    def _retried(self, ask: Callable[[], _T]) -> _T:
        for attempt in range(1, ATTEMPTS):
            try:
                return ask()
            except ArchiveUnavailable:
                wait = min(_BACKOFF_BASE * 2 ** (attempt - 1), _BACKOFF_CAP)
                self._clock.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - spreads load, hides nothing
        return ask()

    def _get(self, url: str, query: dict[str, str] | None, delay: float) -> _Answer:
        """Ask once, in turn.

        Raises:
            ArchiveRateLimited: now or since an earlier request.
            ArchiveUnavailable: worth another try.
            NotPlayable: the body is too large or damaged.

        """
        self._refuse_while_blocked()
        self._pacer.acquire(self._key, delay)
        try:
            self._refuse_while_blocked()
            return self._receive(url, query)
        finally:
            self._pacer.release(self._key)

    def _receive(self, url: str, query: dict[str, str] | None) -> _Answer:
        address = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url
        watch = Watch(self._settings.fetch_deadline)
        try:
            with watch, self._transport.get(address, {}, watch) as response:
                headers = tuple(response.raw.headers.items())
                self._check_status(response.status_code, headers)
                codings = response.headers.get("content-encoding", "")
                body = read_archived(response.raw, codings, self._settings.max_bytes)
        except (FetchError, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            if _is_refusal(error):
                self._stay_away()
            raise ArchiveUnavailable(f"{self.name}: {failure_of(error, watch)}") from error
        if watch.expired:
            raise ArchiveUnavailable(f"{self.name} took too long")
        with self._lock:
            self._refusals = 0
        return _Answer(response.status_code, headers, body)

    def _check_status(self, status: int, headers: Headers) -> None:
        """Tell what the archive itself says from archived error pages, which carry a Memento-Datetime."""
        if played_at(headers) is not None:
            return
        if status == 429:
            wait = parse_retry_after(header(headers, "retry-after"), self._clock.now())
            self._block(_DEFAULT_WAIT if wait is None else max(wait, 1.0), "asked us to slow down")
        if status >= 500:
            raise ArchiveUnavailable(f"{self.name} answered HTTP {status}")

    def _stay_away(self) -> NoReturn:
        with self._lock:
            self._refusals += 1
            wait = min(_SHUT_OUT * 2 ** (self._refusals - 1), _LONGEST_SHUT_OUT)
        self._block(wait, "refused the connection")

    def _block(self, seconds: float, why: str) -> NoReturn:
        self._pacer.block(self._key, self._clock.now() + timedelta(seconds=seconds))
        raise ArchiveRateLimited(f"{self.name} {why}; left alone for {seconds:.0f} s", seconds)

    def _refuse_while_blocked(self) -> None:
        until = self._pacer.blocked_until(self._key)
        if until is not None:
            seconds = (until - self._clock.now()).total_seconds()
            if seconds > 0:
                raise ArchiveRateLimited(f"{self.name} is left alone for another {seconds:.0f} s", seconds)


def _is_refusal(error: BaseException | None) -> bool:
    """Return whether the archive itself, not a proxy, refused the connection."""
    for _ in range(8):
        if not isinstance(error, BaseException) or isinstance(error, requests.exceptions.ProxyError):
            return False
        if isinstance(error, ConnectionRefusedError):
            return True
        inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
        error = getattr(error, "reason", None) or error.__cause__ or inner or error.__context__
    return False
