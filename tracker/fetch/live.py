"""Gets live pages: politely (robots, pace, validators), safely (addresses, sizes, deadlines), failures typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from urllib.parse import urljoin

from requests import Response

from tracker.clock import Clock
from tracker.counting import counted
from tracker.errors import FetchError
from tracker.fetch.backoff import parse_retry_after
from tracker.fetch.model import FetchRequest, Hop, Page
from tracker.fetch.pacing import Pacer
from tracker.fetch.robots import MAX_BYTES, Robots
from tracker.fetch.stream import read_body
from tracker.fetch.transport import Transport, checked_address, failure_of
from tracker.fetch.watch import Watch
from tracker.settings import Settings
from tracker.words import FailureKind

_WHOLE = {200, 203}
_REDIRECTS = {301, 302, 303, 307, 308}
_ACCEPT = "text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.8,text/markdown;q=0.8,*/*;q=0.5"

#: Seconds between two requests of one page that is being rendered to a host: all of them are one visit.
_PART_DELAY = 0.2

#: Media types that may hold a policy; an empty or a catch-all type is looked into.
_READABLE = ("text/", "application/xhtml+xml", "application/xml", "application/pdf", "application/octet-stream")

#: Answers of bot walls, by the header that gives them away.
_BOT_WALLS = {"cf-mitigated": "challenge", "x-amzn-waf-action": ""}


class LiveFetcher:
    """Fetches pages over one pooled session; safe to share between threads."""

    def __init__(self, settings: Settings, clock: Clock, pacer: Pacer) -> None:
        self._settings = settings
        self._clock = clock
        self._pacer = pacer
        self._transport = Transport(settings, guarded=not settings.allow_private_addresses)
        self._robots = Robots(clock)

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def fetch(self, request: FetchRequest) -> Page:
        """Return the page, redirects followed; a 304 comes back as `not_modified`.

        Raises:
            FetchError: with the kind of failure; `retry_after` where the host named a time.

        """
        return _Fetch(self._settings, self._clock, self._pacer, self._robots, self._transport, request).run()


class _Fetch:
    """One fetch on its way through redirects."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        pacer: Pacer,
        robots: Robots,
        transport: Transport,
        request: FetchRequest,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._pacer = pacer
        self._robots = robots
        self._transport = transport
        self._request = request
        self._hops: list[Hop] = []
        self._part = request.part
        # Seconds for all requests together.
        self._left = min(settings.fetch_deadline, self._part.seconds if self._part else settings.fetch_deadline)

    def run(self) -> Page:
        url = self._request.url
        seen = {url}
        while True:
            host, _ = checked_address(url)
            answer = self._visit(host, url)
            if isinstance(answer, Page):
                return answer
            self._hops.append(answer)
            url = answer.location
            if url in seen:
                raise FetchError(FailureKind.TOO_MANY_REDIRECTS, f"redirects go in a circle at {url}")
            if len(self._hops) > self._settings.max_redirects:
                most = counted(self._settings.max_redirects, "redirect")
                raise FetchError(FailureKind.TOO_MANY_REDIRECTS, f"more than {most}")
            seen.add(url)

    def _refuse_blocked(self, host: str) -> None:
        until = self._pacer.blocked_until(host)
        if until is not None:
            wait = (until - self._clock.now()).total_seconds()
            raise FetchError(
                FailureKind.RATE_LIMITED, f"{host} asked us to wait until {until:%Y-%m-%d %H:%M} UTC", retry_after=wait
            )

    def _visit(self, host: str, url: str) -> Page | Hop:
        """Ask one address, in its host's turn."""
        self._refuse_blocked(host)
        self._pacer.acquire(host, _PART_DELAY if self._part else self._settings.host_delay)
        try:
            # Whoever had the turn before may have been told to wait.
            self._refuse_blocked(host)
            # Time runs only in our turn: waiting for others is not the host's fault.
            with self._timed() as watch:
                if self._request.obey_robots:
                    delay = self._robots.check(url, lambda address: self._text(address, watch))
                    if delay > self._settings.host_delay and not self._part:
                        self._pacer.defer(host, delay)
                with self._open(url, self._headers(url), watch) as response:
                    try:
                        answer = self._answer(host, url, response)
                    except Exception as error:
                        raise failure_of(error, watch) from error
                    if watch.expired:
                        # A connection shut at the deadline looks like one that ended.
                        raise failure_of(TimeoutError(), watch)
                    return answer
        finally:
            self._pacer.release(host)

    @contextmanager
    def _timed(self) -> Iterator[Watch]:
        """Give what is left of the total deadline, and take off what was used."""
        started = monotonic()
        try:
            with Watch(self._left) as watch:
                yield watch
        finally:
            self._left -= monotonic() - started

    def _open(self, url: str, headers: dict[str, str], watch: Watch) -> Response:
        """Send one request to an address that may be asked."""
        checked_address(url)
        if self._part and self._part.body is not None and url == self._request.url:
            return self._transport.post(url, headers, watch, self._part.body)
        return self._transport.get(url, headers, watch)

    def _headers(self, url: str) -> dict[str, str]:
        request = self._request
        if self._part:
            return dict(self._part.headers)
        # Validators belong to the very page that answered last time: another one could match them by chance.
        mine = url == (request.validated_url or request.url)
        told = {
            "Accept": _ACCEPT,
            "Accept-Language": request.language,
            "If-None-Match": request.etag if mine else None,
            "If-Modified-Since": request.last_modified if mine else None,
        }
        return {name: value for name, value in told.items() if value}

    def _text(self, url: str, watch: Watch) -> tuple[int, bytes]:
        """Return status and body of a robots.txt, a few redirects followed."""
        for _ in range(5):
            with self._open(url, {"Accept": "text/plain"}, watch) as response:
                location = response.headers.get("location")
                try:
                    if response.status_code in _REDIRECTS and location:
                        url = urljoin(url, location)
                        continue
                    body = read_body(response, MAX_BYTES, cut=True) if response.status_code < 300 else b""
                except Exception as error:
                    raise failure_of(error, watch) from error
                return response.status_code, body
        return 404, b""

    def _answer(self, host: str, url: str, response: Response) -> Page | Hop:
        status = response.status_code
        headers = tuple((str(name), str(value)) for name, value in response.raw.headers.iteritems())
        if status == 304:
            if not (self._request.etag or self._request.last_modified):
                raise FetchError(FailureKind.HTTP, "the host says 'not modified' to a question that was not asked")
            return self._page(url, status, headers, b"", not_modified=True)
        location = response.headers.get("location")
        if status in _REDIRECTS:
            if not location:
                raise FetchError(FailureKind.HTTP, f"HTTP {status} without saying where to")
            if self._part and self._part.body is not None:
                raise FetchError(FailureKind.HTTP, f"HTTP {status} to something posted: it is not sent elsewhere")
            target = urljoin(url, location)
            checked_address(target)
            return Hop(status, url, target)
        self._refuse_status(host, status, response)
        most = self._settings.max_bytes
        body = read_body(response, min(most, self._part.max_bytes if self._part else most))
        page = self._page(url, status, headers, body)
        if not self._part:
            _refuse_unreadable(page)
        return page

    def _page(
        self, url: str, status: int, headers: tuple[tuple[str, str], ...], body: bytes, *, not_modified: bool = False
    ) -> Page:
        return Page(
            url=self._request.url,
            final_url=url,
            status=status,
            headers=headers,
            body=body,
            captured_at=self._clock.now(),
            redirects=tuple(self._hops),
            not_modified=not_modified,
        )

    def _refuse_status(self, host: str, status: int, response: Response) -> None:
        for name, value in _BOT_WALLS.items():
            found = response.headers.get(name)
            if found is not None and value in found.lower():
                raise FetchError(FailureKind.BLOCKED, f"a bot wall answered (HTTP {status}, {name})", status=status)
        if status in _WHOLE:
            return
        if status < 300:
            raise FetchError(FailureKind.HTTP, f"HTTP {status} is not a whole page", status=status)
        now = self._clock.now()
        wait = parse_retry_after(response.headers.get("retry-after"), now)
        if status == 429 or (status == 503 and wait is not None):
            if wait:
                self._pacer.block(host, now + timedelta(seconds=wait))
            raise FetchError(
                FailureKind.RATE_LIMITED, f"HTTP {status}: the host asks us to wait", status=status, retry_after=wait
            )
        kind = FailureKind.SERVER_ERROR if status >= 500 else FailureKind.CLIENT_ERROR
        raise FetchError(kind, f"HTTP {status}", status=status, retry_after=wait)


def _refuse_unreadable(page: Page) -> None:
    if not page.body.strip():
        raise FetchError(FailureKind.UNREADABLE, "the page is empty")
    if page.media_type and not page.media_type.startswith(_READABLE):
        raise FetchError(FailureKind.UNREADABLE, f"{page.media_type} is not a type of document that is read")
    head = page.body[:1024]
    if b"\0" in head and not head.startswith((b"%PDF", b"\xff\xfe", b"\xfe\xff")):
        raise FetchError(FailureKind.UNREADABLE, "the page is binary data")
