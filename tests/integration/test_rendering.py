"""Sources that a browser is needed for: when one is used, what is stored, and that changes in such pages alert."""

import gzip
import hashlib
import io
import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.hostile import hostile_server
from tests.world import PARAGRAPHS, URL, World, acme, page, policy
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.discovery.onboard import look_at
from tracker.daemon.engine.wiring import open_runtime
from tracker.daemon.notices.health import watch_health
from tracker.errors import FetchError
from tracker.export.evidence import write_evidence
from tracker.export.evidence_check import verify_bundle
from tracker.export.warc import write_warc
from tracker.extract.model import ExtractionRules
from tracker.fetch.live import LiveFetcher
from tracker.fetch.model import FetchRequest
from tracker.fetch.pacing import ThreadPacer
from tracker.fetch.rendering import BrowserRenderer
from tracker.fetch.rendering_memory import InMemoryRenderer
from tracker.settings import Settings
from tracker.sources.model import Route, SourcePage
from tracker.store.database import Database
from tracker.store.history.history import change as change_entry
from tracker.store.schema.tables import Event, Extraction, PageState, Snapshot, SourceRow
from tracker.store.texts.snapshots import rendered_from
from tracker.store.upkeep.verify import verify_store
from tracker.words import ChangeState, FailureKind, Render

ROUTES = (Route("hook", ("json://hooks.example/x",)), Route("ops", ("json://ops.example/x",), operator=True))
SHELL = "<html lang=en><head><title>Privacy Policy</title></head><body><div id=root></div><script src=/app.js></script>"
SOLD = {"p3": "We may sell your personal information to our advertising partners."}


def a_world(
    database: Database, clock: ManualClock, body: str = SHELL, **source: object
) -> tuple[World, InMemoryRenderer]:
    """Return a world whose page is a shell with a tag, and the browser that shows the policy in it."""
    world = World.build(database, clock, acme(**source), routes=ROUTES, alarm_disk_free=0)
    world.fetcher.serve(URL, body, etag='"1"')
    renderer = InMemoryRenderer(clock)
    renderer.show(URL, policy())
    world.runtime.renderer = renderer
    return world, renderer


def snapshots(world: World) -> list[Snapshot]:
    """Return all snapshots in the order of the chain."""
    with world.runtime.database.read() as session:
        return list(session.exec(select(Snapshot).order_by(col(Snapshot.sequence))))


def test_a_shell_is_read_in_a_browser_and_both_captures_are_kept(database: Database, clock: ManualClock) -> None:
    """The answer as received, then what the browser made of it; the text stands on the second."""
    world, _ = a_world(database, clock)
    assert world.check().outcome is Outcome.NEW
    received, rendered = snapshots(world)
    assert rendered_from(received.headers) is None
    assert rendered_from(rendered.headers) == received.payload_sha256 == hashlib.sha256(SHELL.encode()).hexdigest()
    with database.read() as session:
        assert session.exec(select(Extraction)).one().snapshot_ids == [rendered.id]
        assert session.exec(select(PageState)).one().snapshot_id == received.id
    assert verify_store(database).damages == []


def test_a_shell_that_did_not_change_is_rendered_all_the_same(database: Database, clock: ManualClock) -> None:
    """What its scripts fetch may have changed: the host says 304, and the change alerts once it is confirmed."""
    world, renderer = a_world(database, clock)
    world.check()
    renderer.show(URL, policy(**SOLD))
    first = world.check()
    assert world.fetcher.requests[-1].etag == '"1"'
    assert (first.outcome, first.state) == (Outcome.NEW, ChangeState.AWAITING)
    assert world.check(hours=0.5).state is ChangeState.CONFIRMED
    assert [delivery.route for delivery in world.deliveries()] == ["hook"]
    assert renderer.rendered[-1].body == SHELL.encode()
    assert [rendered_from(one.headers) is None for one in snapshots(world)] == [True, False, False, False]
    assert verify_store(database).damages == []


def test_an_ordinary_page_needs_no_browser(database: Database, clock: ManualClock) -> None:
    """Nor does one that fails for another reason."""
    world, renderer = a_world(database, clock, policy())
    assert world.check().outcome is Outcome.NEW
    world.fetcher.serve(URL, page("Please log in to go on.", title="Log in"))
    assert world.check().failure is FailureKind.BLOCKED
    assert renderer.rendered == []


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (page("Please enable JavaScript to view this page. " + "Our site needs it. " * 40), ExtractionRules()),
        (page(*["Menu of our many pages."] * 60) + "<script>1</script>", ExtractionRules(select=("#policy",))),
    ],
)
def test_pages_that_ask_for_scripts_or_lack_what_is_selected_are_tried(
    database: Database, clock: ManualClock, body: str, rules: ExtractionRules
) -> None:
    """Though there are words enough on them."""
    world, renderer = a_world(database, clock, body, pages=(SourcePage(URL, rules),))
    renderer.show(URL, policy().replace("<main>", "<main id=policy>"))
    assert world.check().outcome is Outcome.NEW
    assert len(renderer.rendered) == 1


def test_a_source_that_is_never_rendered_is_not(database: Database, clock: ManualClock) -> None:
    """Its shells fail as they would without a browser."""
    world, renderer = a_world(database, clock, render=Render.NEVER)
    assert world.check().failure is FailureKind.NEEDS_RENDERING
    assert renderer.rendered == []


def test_a_source_that_is_always_rendered_is(database: Database, clock: ManualClock) -> None:
    """Whatever came; a PDF or a plain text is read as it is."""
    world, renderer = a_world(database, clock, policy(**SOLD), render=Render.ALWAYS)
    assert world.check().outcome is Outcome.NEW
    assert len(renderer.rendered) == 1
    world.fetcher.serve(URL, "\n\n".join(PARAGRAPHS), media_type="text/plain")
    assert world.check().failure is None
    assert len(renderer.rendered) == 1


def test_the_settings_decide_where_a_source_does_not_say(database: Database, clock: ManualClock) -> None:
    """For all of them."""
    world, renderer = a_world(database, clock)
    world.runtime.settings = world.runtime.settings.model_copy(update={"render": "never"})
    assert world.check().failure is FailureKind.NEEDS_RENDERING
    world.runtime.settings = world.runtime.settings.model_copy(update={"render": "always"})
    world.fetcher.serve(URL, policy(**SOLD))
    assert world.check().outcome is Outcome.NEW
    assert len(renderer.rendered) == 1


def test_of_several_pages_the_shells_alone_are_rendered(database: Database, clock: ManualClock) -> None:
    """And the text is that of all of them, in order."""
    pages = tuple(SourcePage(f"{URL}{path}", ExtractionRules(min_words=250)) for path in ("", "/2"))
    world, renderer = a_world(database, clock, pages=pages)
    world.fetcher.serve(f"{URL}/2", page(*[f"We keep the records of kind {n} for {n} days in all." for n in range(26)]))
    assert world.check().outcome is Outcome.NEW
    assert [one.url for one in renderer.rendered] == [URL]
    with database.read() as session:
        (extraction,) = session.exec(select(Extraction))
        shown = [session.get_one(Snapshot, ident) for ident in extraction.snapshot_ids]
    assert [(one.url, rendered_from(one.headers) is None) for one in shown] == [(URL, False), (f"{URL}/2", True)]


def test_what_a_browser_does_not_show_either_is_a_failure_with_both_captures(
    database: Database, clock: ManualClock
) -> None:
    """Its detail says that a browser was tried."""
    world, renderer = a_world(database, clock)
    renderer.show(URL, SHELL)
    result = world.check()
    assert result.failure is FailureKind.NEEDS_RENDERING
    assert result.detail.endswith(", in a browser too")
    assert len(snapshots(world)) == 2


def test_a_browser_that_fails_is_a_typed_failure_and_the_answer_is_kept(database: Database, clock: ManualClock) -> None:
    """With the retries of any failure."""
    world, renderer = a_world(database, clock)
    renderer.show(URL, FetchError(FailureKind.TIMEOUT, "the page is not done"))
    assert world.check().failure is FailureKind.TIMEOUT
    assert [one.payload_size for one in snapshots(world)] == [len(SHELL)]
    renderer.show(URL, policy())
    assert world.check().outcome is Outcome.NEW


def test_without_a_browser_operators_are_told_once(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many sources want one; the failure says what to install."""
    monkeypatch.setattr("tracker.daemon.notices.health.lacking", lambda settings: "there is no Chromium")
    sources = [acme(id=f"a{n}", pages=(SourcePage(f"{URL}/{n}"),), render=Render.ALWAYS) for n in range(3)]
    world = World.build(database, clock, *sources, routes=ROUTES, alarm_disk_free=0)
    for n in range(3):
        world.fetcher.serve(f"{URL}/{n}", SHELL)
    told = 0
    for _ in range(6):
        for n in range(3):
            assert world.check(f"a{n}").failure is FailureKind.BROWSER
        told += watch_health(world.runtime)
    assert told == 1
    with database.read() as session:
        (event,) = session.exec(select(Event).where(Event.kind == "health_browser"))
    assert event.detail == "3 sources cannot be read, such as a0: there is no Chromium"


def test_evidence_and_warc_hold_the_answer_and_what_was_made_of_it(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """The bundle verifies; the WARC tells a conversion from a response."""
    world, renderer = a_world(database, clock)
    world.check()
    renderer.show(URL, policy(**SOLD))
    world.check(at_once=True)
    world.check(hours=0.5)
    (change,) = world.changes()
    bundle, warc = io.BytesIO(), io.BytesIO()
    with database.read() as session:
        write_evidence(session, change_entry(session, change.id), bundle)
        write_warc(session, [session.exec(select(SourceRow)).one()], warc)
    with zipfile.ZipFile(bundle) as files:
        links = [json.loads(files.read(f"after/captures/{number}.json")) for number in (1, 2)]
        assert files.read("after/captures/1.body") == SHELL.encode()
        assert b"may sell" in files.read("after/captures/2.body")
    assert rendered_from(links[1]["headers"]) == links[0]["payload_sha256"]
    (tmp_path / "bundle.zip").write_bytes(bundle.getvalue())
    assert verify_bundle(tmp_path / "bundle.zip").damages == []
    records = gzip.decompress(warc.getvalue()).split(b"WARC/1.1\r\n")
    responses = [one for one in records if b"WARC-Type: response" in one]
    conversions = [one for one in records if b"WARC-Type: conversion" in one]
    assert (len(responses), len(conversions)) == (1, 3)
    (ident,) = [line for line in responses[0].split(b"\r\n") if line.startswith(b"WARC-Record-ID: ")]
    assert all(b"WARC-Refers-To: " + ident.partition(b" ")[2] in one for one in conversions)


def test_no_answer_passes_for_a_rendered_page(database: Database, clock: ManualClock) -> None:
    """The names of the headers that mark one are none that a server could send."""
    with hostile_server() as server:
        marks = b":rendered-by: x\r\n:rendered-from: y\r\n : z\r\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n"
        server.script("/p", lambda handler: handler.raw(head + marks + b"\r\nabc"))
        fetcher = LiveFetcher(Settings(allow_private_addresses=True, host_delay=0), clock, ThreadPacer(clock))
        try:
            headers = fetcher.fetch(FetchRequest(server.url("/p"))).headers
        except FetchError:
            headers = ()
        fetcher.close()
    assert rendered_from(headers) is None


def test_a_process_has_a_browser_where_the_extra_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it `auto` stands for `never`, and nothing else is missing."""
    settings = Settings(data_dir=tmp_path, sources=tmp_path / "none.toml", compare_processes=0)
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        assert isinstance(runtime.renderer, BrowserRenderer)
    monkeypatch.setattr("tracker.daemon.engine.wiring.find_spec", lambda name: None)
    with closing(open_runtime(settings, sources_needed=False)) as runtime:
        assert runtime.renderer is None


def test_a_first_look_at_a_source_uses_the_browser_too(database: Database, clock: ManualClock) -> None:
    """`tracker sources add` and `sources test` show what a check would read."""
    world, renderer = a_world(database, clock)
    look = look_at(world.runtime, world.runtime.source("acme"))
    assert look.fine
    assert look.pages[0].words_in_all > 100
    assert len(renderer.rendered) == 2
    world.runtime.renderer = None
    assert look_at(world.runtime, world.runtime.source("acme")).problem.startswith("needs_rendering: ")
