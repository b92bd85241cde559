"""What every fetcher promises: the real one against a local server, and its in-memory twin."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.hostile import Handler, hostile_server
from tracker.clock import ManualClock
from tracker.errors import FetchError
from tracker.fetch.live import LiveFetcher
from tracker.fetch.memory import InMemoryFetcher
from tracker.fetch.model import Fetcher, FetchRequest
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings
from tracker.words import FailureKind

BODY = b"<p>This policy says what we do with personal data.</p>"


@dataclass
class Web:
    """A fetcher and a way to put a page with an entity tag before it."""

    fetcher: Fetcher
    base: str
    serve: Callable[[str, bytes, str], None]


@pytest.fixture(params=["live", "memory"])
def web(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Web]:
    """Either fetcher over a world with one page."""
    if request.param == "memory":
        memory = InMemoryFetcher(clock)
        base = "https://acme.example"
        yield Web(memory, base, lambda path, body, tag: memory.serve(base + path, body, etag=tag))
        return
    with hostile_server() as server:

        def serve(path: str, body: bytes, tag: str) -> None:
            def script(handler: Handler) -> None:
                same = handler.headers.get("If-None-Match") == tag
                handler.answer(304 if same else 200, b"" if same else body, ETag=tag, Content_Type="text/html")

            server.script(path, script)

        settings = Settings(allow_private_addresses=True, host_delay=0)
        fetcher = LiveFetcher(settings, clock, ThreadPacer(clock))
        yield Web(fetcher, server.url(""), serve)
        fetcher.close()


def test_a_page_comes_with_body_type_tag_and_time(web: Web, clock: ManualClock) -> None:
    """What the host sent, and when."""
    web.serve("/p", BODY, '"1"')
    page = web.fetcher.fetch(FetchRequest(f"{web.base}/p"))
    assert (page.url, page.final_url, page.status, page.body) == (f"{web.base}/p", f"{web.base}/p", 200, BODY)
    assert (page.media_type, page.header("ETag"), page.captured_at) == ("text/html", '"1"', clock.now())
    assert not page.not_modified


def test_a_known_tag_brings_not_modified_and_no_body(web: Web) -> None:
    """A conditional request about the page as it stands."""
    web.serve("/p", BODY, '"1"')
    page = web.fetcher.fetch(FetchRequest(f"{web.base}/p", etag='"1"'))
    assert (page.not_modified, page.body, page.status) == (True, b"", 304)


def test_an_old_tag_brings_the_page(web: Web) -> None:
    """A conditional request about a page that has changed since."""
    web.serve("/p", BODY, '"2"')
    assert web.fetcher.fetch(FetchRequest(f"{web.base}/p", etag='"1"')).body == BODY


def test_a_page_that_is_not_there_is_a_client_error(web: Web) -> None:
    """The kind and the status are told, not only that something failed."""
    with pytest.raises(FetchError) as caught:
        web.fetcher.fetch(FetchRequest(f"{web.base}/gone"))
    assert caught.value.kind is FailureKind.CLIENT_ERROR
    assert caught.value.status in {404, 410}
