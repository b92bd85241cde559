"""Shows a page as a browser does: its scripts run, and what they ask for comes by our own way of fetching.

So every request of the page passes the same gate as a page itself - addresses, robots.txt, pace, sizes, deadlines -
and the answer to the first one is the page that was fetched already. One browser and one context per page.
"""

import asyncio
import contextlib
import hashlib
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

import structlog

from tracker.clock import Clock
from tracker.counting import counted
from tracker.errors import FetchError
from tracker.fetch.browser import Chromium, find_browser, lacking, running_chromium
from tracker.fetch.composed import SIGN, TREE
from tracker.fetch.model import Fetcher, FetchRequest, Page, PartRequest
from tracker.fetch.pacing import Pacer
from tracker.hosts import host_of, is_within, origin_of, site_of
from tracker.settings import Settings
from tracker.words import RENDERED_BY, RENDERED_FROM, FailureKind

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Request, Route
    from playwright.async_api import Page as Tab

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_LOADED = {"document", "script", "xhr", "fetch"}  #: kinds of requests that may bring text
_MOST_REQUESTS = 300  #: of one page
_MOST_DOCUMENTS = 3  #: that a page may lead to one after the other
_MOST_BYTES = 60_000_000  #: of all answers together
_MOST_POSTED = 100_000  #: bytes of one request
_THREADS = 6  #: requests of one page under way at a time, each to another host
_POLL = 0.25  #: seconds between two looks at the page
_STILL = 1.5  #: seconds without a request or a change after which the page is done
_RESTLESS = 6.0  #: seconds without a request after which it is taken as it is, though it moves
_PATIENCE = 0.75  #: share of the deadline after which it is taken as it is

#: Headers of answers that the page has to see.
_PASSED_BACK = re.compile(r"content-(?:type|language|security-policy)|access-control-[a-z-]+")
#: Headers of requests that go to any host; those that a page makes up go to its own site alone.
_PASSED_ON = {"accept", "accept-language", "content-type", "origin", "referer"}
_KEPT_BACK = re.compile(r"cookie|user-agent|accept-encoding|host|connection|content-length|proxy-.*|sec-.*|if-.*|:.*")


class BrowserRenderer:
    """Renders pages in a Chromium of their own; safe to share between threads."""

    def __init__(self, settings: Settings, clock: Clock, fetcher: Fetcher, pacer: Pacer) -> None:
        self._settings = settings
        self._clock = clock
        self._fetcher = fetcher
        self._pacer = pacer
        self._slots = threading.BoundedSemaphore(settings.browsers)

    def render(self, page: Page, request: FetchRequest) -> Page:
        """Return the page as it looks once its scripts have run; see `Renderer`.

        Raises:
            FetchError: `browser`, `timeout` or `too_large`.

        """
        path = find_browser(self._settings)
        missing = lacking(self._settings)
        if path is None or missing:
            raise FetchError(FailureKind.BROWSER, missing)
        with self._slots:
            visit = _Visit(self._settings, self._fetcher, page, request)
            try:
                shown = asyncio.run(visit.show(path))
            finally:
                # Whoever asks these hosts next keeps the distance that is kept after any visit.
                for host in visit.hosts:
                    self._pacer.defer(host, self._settings.host_delay)
        log.info("rendered", url=page.url, requests=visit.asked, refused=dict(visit.refused))
        return Page(
            url=page.url,
            final_url=shown.url,
            status=page.status,
            headers=rendered_headers(shown.browser, page.body),
            body=shown.html.encode("utf-8", "replace"),
            captured_at=self._clock.now(),
            rendered_by=shown.browser,
        )


def rendered_headers(browser: str, received: bytes) -> tuple[tuple[str, str], ...]:
    """Return the headers of a rendered page: who made it, of which body."""
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        (RENDERED_BY, browser),
        (RENDERED_FROM, hashlib.sha256(received).hexdigest()),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a browser showed in the end."""

    html: str
    url: str
    browser: str


class _Refused(Exception):
    """A request of the page is not answered; the message says why in a word."""


class _Visit:
    """One page in one browser."""

    def __init__(self, settings: Settings, fetcher: Fetcher, page: Page, request: FetchRequest) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._page = page
        self._request = request
        self._tab: Tab | None = None
        self._pending = 0
        self._documents = 0
        self._room = _MOST_BYTES
        self._led_to = page.final_url
        self._threads = ThreadPoolExecutor(_THREADS, "render")
        self.asked = 0
        self.refused: Counter[str] = Counter()
        self.hosts: set[str] = set()

    async def show(self, path: Path) -> _Shown:
        """Return what a browser shows of the page; raises FetchError."""
        from playwright.async_api import Error

        self._ends = asyncio.get_running_loop().time() + self._settings.render_deadline
        try:
            async with running_chromium(self._settings, path, self._request.language) as chromium:
                return await self._watched(chromium)
        except Error as error:
            reason = error.message.strip().splitlines()[0] if error.message.strip() else "no reason given"
            raise FetchError(FailureKind.BROWSER, f"the browser broke or did not start: {reason}") from error
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _watched(self, chromium: Chromium) -> _Shown:
        """Look at the page until it is done, takes too long, takes too much, or breaks."""
        crash: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        look = asyncio.create_task(self._look(chromium, crash))
        growth = asyncio.create_task(chromium.outgrows(self._settings.render_memory))
        waiting: set[asyncio.Future[Any]] = {look, growth, crash}
        done, _ = await asyncio.wait(waiting, timeout=self._left(), return_when=asyncio.FIRST_COMPLETED)
        try:
            if growth in done:
                growth.result()
                limit = f"{self._settings.render_memory:,} bytes"
                raise FetchError(FailureKind.TOO_LARGE, f"the page takes more than {limit} of memory in a browser")
            if crash in done:
                raise FetchError(FailureKind.BROWSER, "the page made the browser crash")
            if not done:
                limit = counted(round(self._settings.render_deadline), "second")
                raise FetchError(FailureKind.TIMEOUT, f"the page is not done in a browser after {limit}")
            return await look
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _left(self) -> float:
        return max(0.1, self._ends - asyncio.get_running_loop().time())

    async def _look(self, chromium: Chromium, crash: "asyncio.Future[None]") -> _Shown:
        from playwright.async_api import Error

        context = chromium.context
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", lambda wanted: wanted.close())
        self._tab = tab = await context.new_page()
        context.on("page", lambda other: other.close())
        tab.on("crash", lambda _: None if crash.done() else crash.set_result(None))
        cdp = await context.new_cdp_session(tab)
        with contextlib.suppress(Error):
            # A script that leads on at once ends the first loading early; what is on the page decides.
            await tab.goto(self._page.final_url, wait_until="commit", timeout=self._left() * 1000)
        await self._settle(cdp)
        most = self._settings.max_bytes
        html = await _evaluate(cdp, f"{TREE}({most})")
        if html is None:
            raise FetchError(FailureKind.TOO_LARGE, f"what the browser shows is larger than {most:,} bytes")
        frame = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]
        return _Shown(str(html), self._final_url(urldefrag(str(frame["url"]))[0]), chromium.name)

    def _final_url(self, shown: str) -> str:
        """Return where the page is in the end: as its scripts say, unless our way there led elsewhere."""
        return shown if origin_of(shown) == origin_of(self._led_to) else self._led_to

    async def _settle(self, cdp: "CDPSession") -> None:
        """Wait until nothing is asked for and nothing moves any more, or that does not come."""
        from playwright.async_api import Error

        clock = asyncio.get_running_loop()
        before, still_since = None, clock.time()
        quiet_since = clock.time()
        until = clock.time() + self._left() * _PATIENCE
        while clock.time() < until:
            await asyncio.sleep(_POLL)
            try:
                sign = await _evaluate(cdp, SIGN)
            except Error:
                sign = None  # between two documents
            now = clock.time()
            if sign is None or sign != before:
                before, still_since = sign, now
            if self._pending:
                quiet_since = now
            calm = sign is not None and sign[0] == "complete" and now - still_since >= _STILL
            if (calm and now - quiet_since >= _STILL) or now - quiet_since >= _RESTLESS:
                return

    async def _answer(self, route: "Route", request: "Request") -> None:
        """Answer one request of the page, or refuse it."""
        from playwright.async_api import Error

        self._pending += 1
        self.asked += 1
        try:
            given = await self._given(request)
            await route.fulfill(status=given.status, headers=_passed_back(given), body=given.body)
        except _Refused as refusal:
            self.refused[str(refusal)] += 1
            with contextlib.suppress(Error):
                # "Aborted" leaves a page that wanted to lead elsewhere as it stands; any other word shows an error.
                await route.abort("aborted")
        except Error:
            self.refused["browser"] += 1  # it is closing
        finally:
            self._pending -= 1

    async def _given(self, request: "Request") -> Page:
        """Return the answer to a request of the page; raises _Refused."""
        kind = request.resource_type
        if self.asked > _MOST_REQUESTS:
            # Whatever else it asks for ends at the browser's own closed door, which takes less time than this one.
            if self._tab is not None and self.asked == _MOST_REQUESTS + 1:
                await self._tab.context.unroute_all(behavior="ignoreErrors")
            raise _Refused("too many")
        if kind == "stylesheet":
            # Some applications wait for theirs; an empty one will do.
            return Page(request.url, request.url, 200, (("Content-Type", "text/css"),), b"", self._page.captured_at)
        if kind not in _LOADED:
            raise _Refused(kind)
        if request.is_navigation_request():
            return await self._document(request)
        return await self._fetched(request)

    async def _document(self, request: "Request") -> Page:
        """Return the page itself, or one that it leads on to; frames and pop-ups get none."""
        if self._tab is None or request.frame != self._tab.main_frame:
            raise _Refused("frame")
        self._documents += 1
        if self._documents == 1:
            return self._page
        if self._documents > _MOST_DOCUMENTS or request.method != "GET":
            raise _Refused("leads on")
        found = await self._fetched(request)
        self._led_to = found.final_url
        return found

    async def _fetched(self, request: "Request") -> Page:
        """Return what our own way of fetching brings."""
        part = self._part(request)
        wanted = FetchRequest(url=urldefrag(request.url)[0], obey_robots=self._request.obey_robots, part=part)
        self.hosts.add(host_of(request.url))
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._fetcher.fetch, wanted)
        except FetchError as error:
            if error.status is None:
                raise _Refused(error.kind.value) from None
            return Page(request.url, request.url, error.status, (), b"", self._page.captured_at)
        self.hosts.update(host_of(hop.location) for hop in found.redirects)
        self._room -= len(found.body)
        return found

    def _part(self, request: "Request") -> PartRequest:
        if request.method not in {"GET", "POST"}:
            raise _Refused("method")
        own = _is_of_site(request.url, self._page.final_url)
        body = request.post_data_buffer if request.method == "POST" else None
        if request.method == "POST" and not own:
            raise _Refused("posts elsewhere")
        if body is not None and len(body) > _MOST_POSTED:
            raise _Refused("posts too much")
        if self._room <= 0:
            raise _Refused("too_large")
        headers = tuple(
            (name, value)
            for name, value in request.headers.items()
            if (name in _PASSED_ON or (own and not _KEPT_BACK.fullmatch(name)))
            and value.isprintable()
            and value.isascii()
        )
        posted = (body or b"") if request.method == "POST" else None
        return PartRequest(headers, posted, seconds=self._left(), max_bytes=self._room)


def _is_of_site(url: str, page_url: str) -> bool:
    """Return whether an address is on the host of a page, or below the domain that it is the `www.` of."""
    return is_within(host_of(url), site_of(page_url))


def _passed_back(page: Page) -> dict[str, str]:
    """Return the headers of an answer that the page has to see; a repeated one is one list."""
    found: dict[str, str] = {}
    for name, value in page.headers:
        name = name.lower()
        if _PASSED_BACK.fullmatch(name) and value.isascii() and value.isprintable():
            found[name] = f"{found[name]}, {value}" if name in found and name != "content-type" else value
    return found


async def _evaluate(cdp: "CDPSession", expression: str) -> Any:
    """Return the value of an expression in a world of its own within the page's main frame."""
    frame = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    world = await cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "tracker"})
    told = await cdp.send(
        "Runtime.evaluate",
        {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True},
    )
    return told["result"].get("value")
