"""Feeds: valid Atom, hostile text that stays text, pages, and answers only where there is something new."""

import asyncio
import base64
import re
import time
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import feedparser
import pytest
from lxml import etree
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from tests.integration.filling import NOW
from tests.support.hostile_store import SCRIPT, hostile_world
from tests.world import World
from tracker.clock import ManualClock
from tracker.store.database import Database
from tracker.store.history.sources import SourceEntry, sync_sources
from tracker.store.people.people import add_token
from tracker.store.schema.tables import Change
from tracker.web.app import create_app
from tracker.web.feeds import routes
from tracker.web.feeds.atom import clean
from tracker.web.feeds.basic import TokenAsPassword

GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).parents[1] / "support" / "atom.rng"))
ATOM = "{http://www.w3.org/2005/Atom}"

PATHS = (
    "/feeds/all.atom",
    "/feeds/all.atom?all=1",
    "/feeds/sources/acme.atom",
    "/feeds/tags/vendor.atom",
    "/feeds/topics/sale.atom",
    "/feeds/topics/children.atom",
    "/feeds/severity/low.atom",
)


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A store of hostile text."""
    return hostile_world(database, clock)


@pytest.fixture
def client(world: World) -> TestClient:
    """The feeds over it."""
    return TestClient(create_app(world.runtime), base_url="http://127.0.0.1")


def test_every_feed_keeps_to_the_grammar_of_atom(client: TestClient) -> None:
    """Each is valid by the grammar of RFC 4287, hostile text or not, and of Atom's media type."""
    for path in PATHS:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/atom+xml"), path
        GRAMMAR.assertValid(etree.fromstring(answer.content))


def test_feeds_are_found_by_name_and_read_page_by_page(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sources come a page at a time, in the order of their ids; a search finds them by a part of id or name."""
    monkeypatch.setattr(routes, "LISTED", 1)
    with world.runtime.database.write() as session:
        sync_sources(session, [SourceEntry("acme", "Acme"), SourceEntry("zebra", "Striped")], NOW)
    path, listed = "/feeds", []
    while path:
        page = client.get(path).text
        listed += re.findall(r"/feeds/sources/([^.]+)\.atom", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1] if following else ""
    assert listed == ["acme", "zebra"]
    assert "1 to 1 of 2 sources" in client.get("/feeds").text
    assert "/feeds/sources/zebra.atom" in client.get("/feeds?q=STRIPED").text
    assert "No source is called anything like" in client.get("/feeds?q=unicorn").text


def test_the_grammar_can_refuse() -> None:
    """A feed without an id, or with a date that is none, is not valid."""
    feed = '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{}</feed>'
    moment = "<updated>2026-03-01T12:00:00Z</updated>"
    assert GRAMMAR.validate(etree.fromstring(feed.format(f"<id>tag:a,2026:b</id>{moment}")))
    assert not GRAMMAR.validate(etree.fromstring(feed.format(moment)))
    assert not GRAMMAR.validate(etree.fromstring(feed.format("<id>tag:a,2026:b</id><updated>today</updated>")))


def test_an_entry_says_what_changed_and_where(client: TestClient, world: World) -> None:
    """A reader of feeds finds the change's stable id, its page, topics, sentences and redline."""
    change = next(change for change in world.changes() if change.alert)
    found = feedparser.parse(client.get("/feeds/sources/acme.atom").content)
    assert not found.bozo
    entry = next(entry for entry in found.entries if entry.id.endswith(change.id))
    assert entry.id == f"tag:tracker.invalid,2026:change/{change.id}"
    assert entry.link == f"http://127.0.0.1/changes/{change.id}"
    assert "sale" in {tag.term for tag in entry.tags}
    assert "Sale to third parties" in entry.summary
    assert "<del>" in client.get("/feeds/sources/acme.atom").text.replace("&lt;", "<").replace("&gt;", ">")


def test_hostile_text_stays_text(client: TestClient) -> None:
    """Once read as XML the content is HTML in which what was fetched is still escaped."""
    root = etree.fromstring(client.get("/feeds/all.atom?all=1").content)
    contents = [node.text for node in root.iter(f"{ATOM}content")]
    assert contents
    assert all(SCRIPT not in (text or "") for text in contents)
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in (text or "") for text in contents)
    assert f"Acme {SCRIPT}" in [node.text for node in root.iter(f"{ATOM}name")]


def test_what_no_xml_document_holds_is_replaced() -> None:
    """Control characters, surrogates and non-characters go; other planes, tabs and lines stay."""
    assert clean("a\x00b\x0bc\ud800d\ufffee\t\n\U0001f4a9") == "a\ufffdb\ufffdc\ufffdd\ufffde\t\n\U0001f4a9"


def test_only_material_settled_changes_unless_all_are_asked_for(client: TestClient, world: World) -> None:
    """By default what is worth an alert; `?all=1` tells the rest too; what still awaits confirmation is in neither."""
    told = {ident: len(feedparser.parse(client.get(ident).content).entries) for ident in PATHS[:2]}
    settled = [change for change in world.changes() if change.state in {"confirmed", "history"}]
    assert told["/feeds/all.atom"] == sum(change.alert for change in settled) >= 1
    assert told["/feeds/all.atom?all=1"] == len(settled)


def test_a_short_feed_is_one_page(client: TestClient) -> None:
    """It is its own first page and none follows; a damaged cursor is no page."""
    assert client.get("/feeds/all.atom?cursor=rubbish").status_code == 400
    root = etree.fromstring(client.get("/feeds/all.atom").content)
    links = {node.get("rel"): node.get("href") for node in root.findall(f"{ATOM}link")}
    assert links["self"] == links["first"] == "http://127.0.0.1/feeds/all.atom"
    assert "next" not in links


def test_long_feeds_come_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Along the `next` links of RFC 5005 every change is met once, the newest first."""
    monkeypatch.setattr("tracker.web.feeds.routes.ENTRIES", 1)
    client = TestClient(create_app(world.runtime), base_url="http://127.0.0.1")
    address: str | None = "/feeds/all.atom?all=1"
    met: list[str] = []
    while address:
        root = etree.fromstring(client.get(address).content)
        GRAMMAR.assertValid(root)
        met += [node.findtext(f"{ATOM}id") or "" for node in root.findall(f"{ATOM}entry")]
        links = {node.get("rel"): node.get("href") for node in root.findall(f"{ATOM}link")}
        address = links.get("next")
    settled = [change.id for change in reversed(world.changes()) if change.state in {"confirmed", "history"}]
    assert [ident.rpartition("/")[2] for ident in met] == settled
    assert len(settled) == 2


def test_a_reader_that_has_it_gets_nothing(client: TestClient, clock: ManualClock) -> None:
    """By entity tag and by date, and by neither where it says something unreadable; HEAD has the headers only."""
    clock.advance(timedelta(hours=1))
    answer = client.get("/feeds/all.atom")
    tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert client.get("/feeds/all.atom", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/feeds/all.atom", headers={"If-Modified-Since": date}).status_code == 304
    assert client.get("/feeds/all.atom", headers={"If-Modified-Since": "yesterday"}).status_code == 200
    assert client.get("/feeds/all.atom", headers={"If-None-Match": '"x"', "If-Modified-Since": date}).status_code == 200
    head = client.head("/feeds/all.atom")
    assert (head.status_code, head.headers["ETag"], head.content) == (200, tag, b"")


def test_a_change_of_the_same_second_is_not_missed(world: World, client: TestClient, clock: ManualClock) -> None:
    """Neither by who dates by `Last-Modified`, nor by who dates by when it asked: the second of both may go on."""
    clock.advance(timedelta(hours=1))
    asked, (first, second, *_) = clock.now(), world.changes()

    def told(change: Change, after: float) -> None:
        with world.runtime.database.write() as session:
            session.get_one(Change, change.id).confirmed_at = asked + timedelta(seconds=after)

    told(first, 0.2)
    clock.advance(timedelta(seconds=0.4))
    answer = client.get("/feeds/all.atom?all=1")
    assert "Last-Modified" not in answer.headers
    told(second, 0.7)
    clock.advance(timedelta(seconds=10))
    dates = {"If-Modified-Since": format_datetime(asked, usegmt=True)}
    assert client.get("/feeds/all.atom?all=1", headers=dates).status_code == 200
    clock.advance(timedelta(hours=1))
    assert client.get("/feeds/all.atom?all=1", headers=dates).status_code == 200
    dates = {"If-Modified-Since": client.get("/feeds/all.atom?all=1").headers["Last-Modified"]}
    assert client.get("/feeds/all.atom?all=1", headers=dates).status_code == 304


def test_a_date_without_a_place_is_utc(client: TestClient, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the server stands."""
    clock.advance(timedelta(hours=1))
    date = client.get("/feeds/all.atom").headers["Last-Modified"].replace("GMT", "-0000")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert client.get("/feeds/all.atom", headers={"If-Modified-Since": date}).status_code == 304
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_is_not_there_is_a_page_that_says_so(client: TestClient) -> None:
    """Unknown sources, tags, topics and severities have no feed."""
    for path, status in (("sources/x", 404), ("tags/x", 404), ("topics/x", 422), ("severity/x", 422)):
        assert client.get(f"/feeds/{path}.atom").status_code == status, path


def test_the_list_links_to_feeds_that_are_there(client: TestClient) -> None:
    """Every address on the page answers, also that of a tag with a slash in it."""
    page = etree.HTML(client.get("/feeds").text)
    addresses = {address for node in page.iter("a") if (address := node.get("href", "")).endswith(".atom")}
    assert len(addresses) > 25
    for address in addresses:
        assert client.get(address).status_code == 200, address


def handed_on(sent: bytes, path: str = "/feeds/all.atom") -> bytes:
    """Return the header that an application behind the door sees."""
    seen: list[bytes] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(dict(scope["headers"])[b"authorization"])

    scope = {"type": "http", "path": path, "headers": [(b"authorization", sent)]}
    asyncio.run(TokenAsPassword(app)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


def test_a_token_may_be_the_password_of_http_basic() -> None:
    """Below /feeds the password is handed on as a bearer token, whatever the name; elsewhere nothing is touched."""
    basic = b"Basic " + base64.b64encode(b"reader:trk_a:b")
    assert handed_on(basic) == b"Bearer trk_a:b"
    assert handed_on(basic, "/feedsother") == basic
    assert handed_on(basic, "/api/v1/sources") == basic
    assert handed_on(b"Basic ***") == b"Basic ***"
    assert handed_on(b"Bearer trk_a") == b"Bearer trk_a"


def test_who_is_nobody_is_asked_for_a_token_and_may_give_it_as_a_password(world: World) -> None:
    """Where reading is not open, a feed answers 401 and says that HTTP Basic will do; with a token it does."""
    client = TestClient(create_app(world.runtime), base_url="http://tracker.example")
    answer = client.get("/feeds/all.atom")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    with world.runtime.database.write() as session:
        secret = add_token(session, "reader", "read", world.clock.now(), None)
    assert client.get("/feeds/all.atom", auth=("anybody", secret)).status_code == 200
    assert client.get("/feeds/all.atom", auth=("anybody", secret + "x")).status_code == 401
