"""Weaknesses that were published about programs like this one, tried here; deploy/THREATS.md says which is which."""

from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from tests.hostile import HostileServer, hostile_server, redirect
from tests.support.hostile_store import SCRIPT, hostile_world
from tests.world import World
from tracker.clock import ManualClock
from tracker.errors import FetchError
from tracker.fetch import addresses
from tracker.fetch.live import LiveFetcher
from tracker.fetch.model import FetchRequest
from tracker.fetch.pacing import ThreadPacer
from tracker.settings import Settings
from tracker.sources.values import BadValue, read_ident, read_selector, read_url
from tracker.store.database import Database
from tracker.store.people.people import add_token
from tracker.web.app import create_app
from tracker.words import FailureKind

#: What strangers may ask for: logging in, the state of health, and links out of mails that carry a secret.
OPEN = {"/login", "/logout", "/healthz"}
OPEN_LINKS = ("/subscriptions/confirm/", "/subscriptions/end/")


#: Addresses of which a part comes back in the answer.
ECHOES = (
    f"/feeds/tags/{SCRIPT}.atom",
    f"/feeds/sources/{SCRIPT}.atom",
    f"/feeds/topics/{SCRIPT}.atom",
    f"/feeds?q={SCRIPT}",
    f"/search?q={SCRIPT}",
    f"/changes/{SCRIPT}",
    f"/sources/{SCRIPT}",
    f"/login?next=/{SCRIPT}",
    f"/compare?topic={SCRIPT}",
    f'/{SCRIPT}"onload="alert(1)',
)

#: Ways to write a path that leads out of a folder.
OUTSIDE = ("../app.py", "..%2fapp.py", "%2e%2e/app.py", "..%5capp.py", "%2fetc%2fpasswd", "....//app.py", "/etc/passwd")


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A store full of hostile text."""
    return hostile_world(database, clock)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A server inside the network."""
    with hostile_server() as running:
        yield running


def browser(world: World, **settings: object) -> TestClient:
    world.runtime.settings = world.runtime.settings.model_copy(update=settings)
    return TestClient(
        create_app(world.runtime),
        base_url="http://127.0.0.1:8350",
        follow_redirects=False,
        raise_server_exceptions=False,
    )


def guarded(clock: ManualClock) -> LiveFetcher:
    return LiveFetcher(Settings(host_delay=0, fetch_deadline=2, connect_timeout=0.5), clock, ThreadPacer(clock))


def test_no_route_is_open_to_strangers_by_accident(world: World) -> None:
    """Every route that the application has is tried, so that one whose guard was forgotten is found."""
    stranger = browser(world, web_host="0.0.0.0")
    tried = 0
    for route in iter_route_contexts(create_app(world.runtime).routes):
        path, methods = route.path or "", route.methods or set()
        if path in OPEN or path.startswith(OPEN_LINKS):
            continue
        path = path.replace("{tag:path}", "1").replace("{", "").replace("}", "")
        for method in methods - {"HEAD"}:
            body: dict[str, str] | None = None if method == "GET" else {}
            sent = {"json": body} if path.startswith("/api/") else {"data": body}
            answer = stranger.request(method, path, **sent)  # type: ignore[arg-type]
            assert answer.status_code in {303, 401, 403}, (method, path, answer.status_code)
            assert answer.headers.get("location", "/login").startswith("/login"), (method, path)
            tried += 1
    assert tried > 50


def test_an_address_is_never_given_back_as_markup(world: World) -> None:
    """In pages, feeds and errors alike."""
    asking = browser(world)
    for path in ECHOES:
        assert SCRIPT not in asking.get(path).text, path


def test_the_text_of_a_failure_is_no_markup(world: World) -> None:
    """What a host or a check said is shown to an operator as text."""
    page = browser(world).get("/operator").text
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_static_files_are_those_of_their_folder(world: World) -> None:
    """No address leads out of it, however it is written."""
    asking = browser(world)
    assert asking.get("/static/style.css").status_code == 200
    for path in OUTSIDE:
        assert asking.get(f"/static/{path}").status_code in {404, 405}, path


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "source:file:///etc/passwd",
        "FILE:/etc/passwd",
        "ftp://acme.example/",
        "gopher://acme.example/",
        "data:text/html,x",
        "javascript:alert(1)",
        "//acme.example/",
        "view-source:http://acme.example/",
    ],
)
def test_only_web_addresses_are_followed(clock: ManualClock, address: str) -> None:
    """Neither written in the sources file, nor asked for by any other way."""
    with pytest.raises(BadValue):
        read_url(address)
    with pytest.raises(FetchError) as caught:
        guarded(clock).fetch(FetchRequest(address))
    assert caught.value.kind in {FailureKind.FORBIDDEN_ADDRESS, FailureKind.HTTP}


@pytest.mark.parametrize(
    "form", ["http://93.184.215.14\\@127.0.0.1:{port}/p", "http://127.0.0.1:{port}\\@acme.example/p"]
)
def test_two_readings_of_an_address_reach_nothing_inside(server: HostileServer, clock: ManualClock, form: str) -> None:
    """A backslash is read in two ways by two parsers; what is judged is the address that is connected to."""
    fetcher = guarded(clock)
    with pytest.raises(FetchError):
        fetcher.fetch(FetchRequest(form.format(port=server.server_port), obey_robots=False))
    fetcher.close()
    assert server.seen == []


def test_robots_txt_leads_nowhere_inside(
    server: HostileServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its redirects pass the same gate as those of a page."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    server.script("/robots.txt", redirect(f"http://127.0.0.2:{server.server_port}/inside"))
    fetcher = guarded(clock)
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(FetchRequest(server.page("/p", b"<p>policy</p>")))
    fetcher.close()
    assert caught.value.kind is FailureKind.FORBIDDEN_ADDRESS
    assert [path for path, _ in server.seen] == ["/robots.txt"]


@pytest.mark.parametrize(
    "selector",
    [
        "unparsed-text('file:///etc/passwd')",
        "//p | document('file:///etc/passwd')",
        "p:unparsed-text('/etc/passwd')",
        "json-doc('/etc/passwd')",
        "p[document('/etc/passwd')]",
    ],
)
def test_a_selector_calls_no_function(selector: str) -> None:
    """Selectors are CSS, which has none that read files."""
    with pytest.raises(BadValue):
        read_selector(selector)


@pytest.mark.parametrize("ident", ["../acme", "a/b", "a\\b", ".", "acme\n", "acme\0", "%2e%2e"])
def test_an_id_is_no_path(ident: str) -> None:
    """Ids stand in addresses and file names."""
    with pytest.raises(BadValue):
        read_ident(ident)


def test_a_part_of_a_token_is_none(world: World) -> None:
    """Secrets are compared whole: neither a beginning nor more than all of it opens anything."""
    with world.runtime.database.write() as session:
        secret = add_token(session, "feeds", "read", world.clock.now(), None)
    stranger = browser(world, web_host="0.0.0.0")

    def asked(token: str) -> int:
        return stranger.get("/api/v1/sources", headers={"Authorization": f"Bearer {token}"}).status_code

    assert asked(secret) == 200
    for part in (secret[:-1], f"{secret}x", secret[1:], secret[:4], "%", "*", secret.swapcase()):
        assert asked(part) == 401, part
