"""What every renderer promises: a real Chromium, and its in-memory twin."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.hostile import hostile_server
from tests.support.rendering import browser_settings
from tracker.clock import ManualClock
from tracker.errors import FetchError
from tracker.fetch.live import LiveFetcher
from tracker.fetch.memory import InMemoryFetcher
from tracker.fetch.model import Fetcher, FetchRequest, Page, Renderer
from tracker.fetch.pacing import ThreadPacer
from tracker.fetch.rendering import BrowserRenderer
from tracker.fetch.rendering_memory import InMemoryRenderer
from tracker.words import RENDERED_BY, RENDERED_FROM, FailureKind

SHELL = "<!DOCTYPE html><html><head><title>Legal</title></head><body><main id=root></main>{script}</body></html>"
WRITES = "<script>root.innerHTML = '<h1>Privacy</h1><p>We keep logs for ' + 5 * 6 + ' days. \\u00e9</p>'</script>"
#: A host with slots within a host, beside a form whose fields are called as properties are.
ROOTED = """<form name=documentElement><input name=childNodes><input name=shadowRoot><p>In a form.</p></form>
<acme-terms><b slot=who>Acme</b><i>not in a slot</i></acme-terms><script>
customElements.define('acme-terms', class extends HTMLElement {});
const inner = (at, html) => { const root = at.attachShadow({mode: 'open'}); root.innerHTML = html; return root; };
const host = document.querySelector('acme-terms');
const root = inner(host, '<div><b slot=what>the <slot name=who>?</slot> data</b></div>');
inner(root.querySelector('div'), '<p>We sell <slot name=what></slot> to <slot>a</slot>.</p>');
</script>"""
LOOPS = "<script>for (;;);</script>"


@dataclass
class Show:
    """A renderer with time enough, one with little, and a way to put a page with a script before them."""

    renderer: Renderer
    hurried: Renderer
    fetcher: Fetcher
    base: str
    serve: Callable[[str, bytes, str | FetchError], None]

    def render(self, path: str, renderer: Renderer) -> tuple[Page, Page]:
        """Return a page as received and as rendered."""
        request = FetchRequest(self.base + path)
        page = self.fetcher.fetch(request)
        return page, renderer.render(page, request)


@pytest.fixture(params=[pytest.param("browser", marks=pytest.mark.browser), "memory"])
def show(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Show]:
    """Either renderer."""
    if request.param == "memory":
        memory, twin, base = InMemoryFetcher(clock), InMemoryRenderer(clock), "https://acme.example"

        def put(path: str, body: bytes, looks: str | FetchError) -> None:
            memory.serve(base + path, body)
            twin.show(base + path, looks)

        yield Show(twin, twin, memory, base, put)
        return
    settings = browser_settings(render_deadline=120)
    pacer = ThreadPacer(clock)
    fetcher = LiveFetcher(settings, clock, pacer)
    with hostile_server() as server:
        renderer = BrowserRenderer(settings, clock, fetcher, pacer)
        hurried = BrowserRenderer(browser_settings(render_deadline=3), clock, fetcher, pacer)

        def serve(path: str, body: bytes, looks: str | FetchError) -> None:
            server.page(path, body)

        yield Show(renderer, hurried, fetcher, server.url(""), serve)
    fetcher.close()


def test_a_page_comes_as_its_scripts_left_it(show: Show, clock: ManualClock) -> None:
    """The body is the tree in UTF-8; the headers say who made it of what; the rest is as of the answer.

    Open shadow roots stand where they are shown: slots hold what fills them, or else what they hold themselves.
    """
    shell = SHELL.format(script=WRITES + ROOTED).encode()
    written = "<main id=root><h1>Privacy</h1><p>We keep logs for 30 days. é</p></main>"
    rooted = '<div><p>We sell <b slot="what">the <b slot="who">Acme</b> data</b> to a.</p></div></acme-terms>'
    written += rooted + "<form><p>In a form.</p></form>"
    show.serve("/p", shell, f"<html><body>{written}</body></html>")
    received, rendered = show.render("/p", show.renderer)
    assert b"30 days" not in received.body
    assert "<h1>Privacy</h1><p>We keep logs for 30 days. é</p></main>" in rendered.body.decode()
    assert rooted in rendered.body.decode()
    assert "<p>In a form.</p></form>" in rendered.body.decode()
    assert "not in a slot" not in rendered.body.decode()
    assert (rendered.url, rendered.final_url, rendered.status) == (received.url, received.final_url, 200)
    assert rendered.media_type == "text/html"
    assert rendered.header(RENDERED_BY) == rendered.rendered_by
    assert rendered.rendered_by.startswith("Chromium ")
    assert rendered.header(RENDERED_FROM) == hashlib.sha256(received.body).hexdigest()
    assert rendered.captured_at == clock.now()


def test_what_fails_is_typed(show: Show) -> None:
    """A page that never comes to an end."""
    show.serve("/p", SHELL.format(script=LOOPS).encode(), FetchError(FailureKind.TIMEOUT, "not done"))
    with pytest.raises(FetchError) as caught:
        show.render("/p", show.hurried)
    assert caught.value.kind is FailureKind.TIMEOUT
