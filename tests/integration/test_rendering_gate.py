"""Pages in a real Chromium that try what a page must not: each request passes the gate of the fetcher, or none leaves.

What listens on the private side counts every connection, so that a request that is refused late is seen too.
"""

import contextlib
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import Handler, HostileServer, hostile_server, redirect
from tests.support.rendering import browser_settings, came
from tests.world import PARAGRAPHS, World, acme
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.errors import FetchError
from tracker.fetch import addresses
from tracker.fetch.live import LiveFetcher
from tracker.fetch.model import FetchRequest, Page
from tracker.fetch.pacing import ThreadPacer
from tracker.fetch.rendering import BrowserRenderer
from tracker.sources.model import Route, SourcePage
from tracker.store.database import Database
from tracker.store.upkeep.upgrade import create_store
from tracker.words import ChangeState, FailureKind

pytestmark = pytest.mark.browser

SHELL = "<html lang=en><head><title>Privacy Policy</title></head><body><div id=root></div><script src=/app.js></script>"
PUBLIC, PRIVATE = "127.0.0.1", "127.0.0.2"


class Inside:
    """A machine of the private network: a TCP and a UDP port that count who comes."""

    def __init__(self, address: str) -> None:
        self.tcp = socket.create_server((address, 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 0))
        self.port, self.udp_port = self.tcp.getsockname()[1], self.udp.getsockname()[1]

    def visitors(self) -> list[str]:
        """Return who came: connections wait in the queue of the port until somebody takes them."""
        found = []
        for kind, sock in (("tcp", self.tcp), ("udp", self.udp)):
            sock.setblocking(False)
            try:
                found.append(f"{kind}: {sock.accept()[1] if kind == 'tcp' else sock.recv(100)!r}")
            except BlockingIOError:
                continue
        return found


@pytest.fixture
def inside() -> Iterator[Inside]:
    """The machine that nobody may reach."""
    found = Inside(PRIVATE)
    with found.tcp, found.udp:
        yield found


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one loopback address count as public, all others as what they are."""
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda address: address == PUBLIC or real(address))


def show(page: Page, clock: ManualClock, **settings: Any) -> Page:
    """Render a page, with the gate closed unless told otherwise."""
    told = browser_settings(**({"allow_private_addresses": False, "render_deadline": 120} | settings))
    pacer = ThreadPacer(clock)
    fetcher = LiveFetcher(told, clock, pacer)
    try:
        return BrowserRenderer(told, clock, fetcher, pacer).render(page, FetchRequest(page.url, obey_robots=False))
    finally:
        fetcher.close()


ATTACKS = """
const marked = [], mark = (text) => { const p = document.createElement('p'); p.textContent = text; root.append(p); };
const tryIt = (name, what) => { try { what(); } catch (error) { mark(name + ' threw'); } };
for (const url of URLS) {
  tryIt('fetch', () => fetch(url).then(() => mark('READ ' + url), () => {}));
  tryIt('no-cors', () => fetch(url, {mode: 'no-cors', method: 'POST', body: 'x'}).then(() => mark('POSTED ' + url),
                                                                                       () => {}));
  tryIt('xhr', () => { const x = new XMLHttpRequest(); x.onload = () => mark('XHR ' + url);
                       x.open('GET', url); x.send(); });
  for (const [tag, key] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['video', 'src'], ['embed', 'src'],
                            ['object', 'data']])
    tryIt(tag, () => { const e = document.createElement(tag); e[key] = url; document.body.append(e); });
  for (const rel of ['stylesheet', 'prefetch', 'preload', 'preconnect', 'dns-prefetch', 'modulepreload', 'manifest',
                     'icon'])
    tryIt(rel, () => { const e = document.createElement('link'); e.rel = rel; e.href = url; e.as = 'script';
                       document.head.append(e); });
  tryIt('beacon', () => navigator.sendBeacon(url, 'x'));
  tryIt('events', () => new EventSource(url));
  tryIt('worker', () => new Worker(URL.createObjectURL(new Blob([`importScripts('${url}'); fetch('${url}')`]))));
  tryIt('socket in worker', () => new Worker(URL.createObjectURL(new Blob([
    `new WebSocket('${url.replace('http', 'ws')}')`]))));
  tryIt('popup', () => window.open(url));
  tryIt('frame', () => { const e = document.createElement('iframe'); document.body.append(e);
                         new e.contentWindow.WebSocket(url.replace('http', 'ws')); });
  tryIt('socket', () => new WebSocket(url.replace('http', 'ws')));
  tryIt('form', () => { const f = document.createElement('form'); f.action = url; f.method = 'post';
                        f.target = '_blank'; document.body.append(f); f.submit(); });
  tryIt('link', () => { const a = document.createElement('a'); a.href = url; a.target = '_blank'; a.ping = url;
                        document.body.append(a); a.click(); });
  tryIt('module', () => import(url).catch(() => {}));
}
for (const make of [() => new RTCPeerConnection(STUN), () => { const e = document.createElement('iframe');
    document.body.append(e); return new e.contentWindow.RTCPeerConnection(STUN); }])
  tryIt('rtc', () => { const peer = make(); peer.createDataChannel('x');
                       peer.createOffer().then((offer) => peer.setLocalDescription(offer)); });
tryIt('transport', () => new WebTransport(QUIC));
tryIt('service worker', () => navigator.serviceWorker.register('/sw.js').catch(() => {}));
mark('all was tried');
"""


def test_no_way_out_of_a_page_leads_inside(clock: ManualClock, inside: Inside) -> None:
    """Thirty ways of asking, each with five ways of writing the address; the page itself shows its text."""
    number = int.from_bytes(socket.inet_aton(PRIVATE), "big")
    hosts = (PRIVATE, str(number), "[::ffff:7f00:2]", "127.2")
    urls = [f"http://{host}:{inside.port}/x" for host in hosts] + ["http://169.254.169.254/latest/meta-data/"]
    ways = (("stun", inside.udp_port), ("turn", inside.udp_port), ("turn", inside.port))
    stun = [{"urls": f"{way}:{PRIVATE}:{port}", "username": "a", "credential": "b"} for way, port in ways]
    told = f"const URLS = {urls}, STUN = {{iceServers: {stun}}}, QUIC = 'https://{PRIVATE}:{inside.udp_port}/';"
    page = came(f"<html><body><main id=root><p>Its own words.</p></main><script>{told}{ATTACKS}</script></body></html>")
    text = show(page, clock).body.decode()
    assert "all was tried" in text
    assert "Its own words." in text
    assert not any(f"<p>{word} " in text for word in ("READ", "POSTED", "XHR"))
    assert inside.visitors() == []


@pytest.mark.parametrize("how", ["location.href = {url!r}", "location.replace({url!r})", "meta"])
def test_a_page_leads_nowhere_inside(clock: ManualClock, inside: Inside, how: str) -> None:
    """What it showed before stays."""
    url = f"http://{PRIVATE}:{inside.port}/"
    head = f'<meta http-equiv="refresh" content="0; url={url}">' if how == "meta" else ""
    script = "" if head else f"<script>{how.format(url=url)}</script>"
    shown = show(came(f"<html><head>{head}</head><body><p>Before.</p>{script}</body></html>"), clock)
    assert inside.visitors() == []
    assert b"<p>Before.</p>" in shown.body
    assert shown.final_url == "http://policy.example/legal"


def test_files_of_this_machine_are_not_read(clock: ManualClock) -> None:
    """By no element, no request and no way of leading on."""
    script = """
    const seen = (text) => { document.getElementById('root').append(String(text)); };
    fetch('file:///etc/passwd').then((r) => r.text()).then(seen, () => {});
    const x = new XMLHttpRequest(); x.onload = () => seen(x.responseText);
    try { x.open('GET', 'file:///etc/passwd'); x.send(); } catch (error) {}
    const frame = document.createElement('iframe'); frame.src = 'file:///etc/passwd'; document.body.append(frame);
    frame.onload = () => { try { seen(frame.contentDocument.body.textContent); } catch (error) {} };
    location.href = 'file:///etc/passwd';
    """
    shown = show(came(f"<html><body><main id=root>Own.</main><script>{script}</script></body></html>"), clock)
    assert b"root:" not in shown.body
    assert shown.final_url == "http://policy.example/legal"


@contextmanager
def public_server() -> Iterator[HostileServer]:
    with hostile_server() as server:
        yield server


def test_redirects_and_names_that_lead_inside_are_refused(
    clock: ManualClock, inside: Inside, gated: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hop and each resolution is judged, for what scripts ask and for where they lead."""
    real = addresses.resolve
    answers: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
        if host != "rebinding.example":
            return real(host, port)
        answers.append(PUBLIC if not answers else PRIVATE)
        return real(answers[-1], port)

    monkeypatch.setattr(addresses, "resolve", resolve)
    with public_server() as server:

        def once(handler: Handler) -> None:
            handler.close_connection = True
            handler.answer(
                200, b"first", Connection="close", Content_Type="text/plain", Access_Control_Allow_Origin="*"
            )

        server.script("/hop", redirect(f"http://{PRIVATE}:{inside.port}/"))
        server.script("/away", redirect(f"http://{PRIVATE}:{inside.port}/", 307))
        server.script("/once", once)
        name = f"http://rebinding.example:{server.server_port}/once"
        script = f"""
        const root = document.getElementById('root');
        const ask = (url) => fetch(url).then((r) => r.text()).catch(() => 'refused');
        (async () => {{
          root.append('hop ' + await ask('/hop') + ', name ' + await ask({name!r}) + ', again ' + await ask({name!r}));
          location.href = '/away';
        }})();
        """
        page = came(f"<html><body><main id=root></main><script>{script}</script></body></html>", server.url("/legal"))
        shown = show(page, clock)
        paths = [path for path, _ in server.seen]
    assert inside.visitors() == []
    assert paths == ["/hop", "/once", "/away"]
    assert answers == [PUBLIC, PRIVATE]
    assert b"hop refused, name first, again refused" in shown.body


def running(mark: str) -> list[str]:
    """Return the command lines of running processes that hold a mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            told = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found += [told] if mark in told else []
    return found


@pytest.fixture
def short_folder() -> Iterator[str]:
    """A folder whose path leaves room for those of sockets, which may have some hundred characters."""
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as found:
        yield found


def test_an_endless_loop_is_stopped(clock: ManualClock, short_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a script of the page, whatever it blocks; nothing of the browser is left running."""
    monkeypatch.setenv("TMPDIR", short_folder)  # where the browser's profile is, which its command line names
    with pytest.raises(FetchError) as caught:
        show(came("<p>x</p><script>for (;;);</script>"), clock, render_deadline=5)
    assert caught.value.kind is FailureKind.TIMEOUT
    assert "5 seconds" in str(caught.value)
    until = time.monotonic() + 60
    while running(short_folder) and time.monotonic() < until:
        time.sleep(0.1)
    assert running(short_folder) == []


def test_a_page_that_never_rests_is_taken_as_it_is(clock: ManualClock) -> None:
    """It asks on and on and grows; a host is asked a bounded number of times."""
    script = """
    let n = 0;
    setInterval(() => document.body.append(' more ' + n++), 20);
    setInterval(() => { for (let i = 0; i < 20; i++) fetch('/poll?' + Math.random()).catch(() => {}); }, 50);
    """
    with hostile_server() as server:
        page = came(f"<html><body><p>Start.</p><script>{script}</script></body></html>", server.url("/legal"))
        shown = show(page, clock, allow_private_addresses=True, render_deadline=120)
        assert len(server.seen) <= 300
    assert b"Start." in shown.body
    assert b"more 5" in shown.body


def test_memory_is_bounded(clock: ManualClock) -> None:
    """A page that takes more and more of it is ended, and so is its browser."""
    script = "const kept = []; setInterval(() => kept.push(new Uint8Array(30_000_000).fill(1)), 30);"
    with pytest.raises(FetchError) as caught:
        show(came(f"<p>x</p><script>{script}</script>"), clock, render_memory=500_000_000, render_deadline=200)
    assert caught.value.kind is FailureKind.TOO_LARGE
    assert "500,000,000 bytes of memory" in str(caught.value)


def test_a_tree_that_is_too_large_is_refused(clock: ManualClock) -> None:
    """As a body that is."""
    with pytest.raises(FetchError) as caught:
        show(came("<script>document.write('x'.repeat(3e6))</script>"), clock, max_bytes=2_000_000)
    assert caught.value.kind is FailureKind.TOO_LARGE


def test_a_browser_that_does_not_start_is_a_failure_of_its_kind(clock: ManualClock, tmp_path: Path) -> None:
    """And so is one that is not there."""
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    for path, told in ((broken, "did not start"), (tmp_path / "none", "there is no Chromium at")):
        settings = browser_settings().model_copy(update={"browser": path})
        pacer = ThreadPacer(clock)
        fetcher = LiveFetcher(settings, clock, pacer)
        with pytest.raises(FetchError, match=told) as caught:
            BrowserRenderer(settings, clock, fetcher, pacer).render(came("<p>x</p>"), FetchRequest("http://a.example/"))
        assert caught.value.kind is FailureKind.BROWSER
        fetcher.close()


def test_its_requests_come_one_at_a_time_and_put_off_the_next_visit(clock: ManualClock) -> None:
    """A host is asked as a visitor would; who comes next keeps the distance of a visit."""
    running, most, lock = 0, 0, threading.Lock()

    def slow(handler: Handler) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.05)
        with lock:
            running -= 1
        handler.answer(200, b"part ", Content_Type="text/plain")

    script = (
        "for (let n = 0; n < 5; n++) fetch('/part' + n).then((r) => r.text()).then((t) => document.body.append(t));"
    )
    with hostile_server() as server:
        for number in range(5):
            server.script(f"/part{number}", slow)
        settings = browser_settings(host_delay=30, render_deadline=120)
        pacer = ThreadPacer(clock)
        fetcher = LiveFetcher(settings, clock, pacer)
        page = came(f"<html><body><script>{script}</script></body></html>", server.url("/legal"))
        shown = BrowserRenderer(settings, clock, fetcher, pacer).render(page, FetchRequest(page.url, obey_robots=False))
        ended = clock.now()
        pacer.acquire(PUBLIC, 0)
        pacer.release(PUBLIC)
        fetcher.close()
    assert shown.body.count(b"part ") == 5
    assert most == 1
    assert (clock.now() - ended).total_seconds() >= 29


def test_a_page_that_fetches_its_text_is_followed_and_its_change_alerts(clock: ManualClock, tmp_path: Path) -> None:
    """A shell, a bundle of scripts, a request for JSON, text drawn from it: through a real Chromium."""
    settings = browser_settings(render_deadline=120)
    app = b"""
    fetch('/api/policy', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"id": 1}'})
      .then((answer) => answer.json())
      .then((parts) => {
        const main = document.createElement('main');
        main.innerHTML = '<h1>Privacy Policy</h1>';
        for (const part of parts) main.appendChild(document.createElement('p')).textContent = part;
        document.getElementById('root').replaceChildren(main);
      });
    """
    paragraphs = list(PARAGRAPHS)
    with hostile_server() as server:

        def shell(handler: Handler) -> None:
            same = handler.headers.get("If-None-Match") == '"1"'
            handler.answer(304 if same else 200, b"" if same else SHELL.encode(), ETag='"1"', Content_Type="text/html")

        server.script("/legal", shell)
        server.page("/app.js", app, Content_Type="text/javascript")
        server.answers["/api/policy"] = lambda: json.dumps(paragraphs).encode()
        database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
        create_store(database)
        source = acme(pages=(SourcePage(server.url("/legal")),))
        world = World.build(database, clock, source, routes=(Route("hook", ("json://hooks.example/x",)),))
        pacer = ThreadPacer(clock)
        fetcher = LiveFetcher(settings, clock, pacer)
        world.runtime.fetcher = fetcher
        world.runtime.renderer = BrowserRenderer(settings, clock, fetcher, pacer)
        assert world.check().outcome is Outcome.NEW
        paragraphs[3] = "We may sell your personal information to our advertising partners."
        assert world.check().state is ChangeState.AWAITING
        assert world.check(hours=0.5).state is ChangeState.CONFIRMED
        fetcher.close()
        asked = server.posted["api"]
    asked_for = [path for path, _ in server.seen]
    assert asked_for == ["/robots.txt", *["/legal", "/app.js"] * 3]
    assert [delivery.route for delivery in world.deliveries()] == ["hook"]
    database.close()
    assert asked == [b'{"id": 1}'] * 3
