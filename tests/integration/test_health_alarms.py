"""Operators are told of what goes wrong: once, together where it belongs together, and again only after it was over."""

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from tests.hostile import hostile_server
from tests.world import URL, World, acme, policy
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.daemon.engine import planner
from tracker.daemon.engine.heartbeat import Heartbeat
from tracker.daemon.engine.planner import Planner
from tracker.daemon.notices.health import watch_health
from tracker.daemon.notices.notices import create_notices
from tracker.errors import FetchError
from tracker.extract.model import ExtractionRules
from tracker.settings import Settings
from tracker.sources.model import Route, SourcePage
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import Delivery
from tracker.store.upkeep.upgrade import create_store
from tracker.store.work.events import checks
from tracker.store.work.slots import block_slot
from tracker.web.app import create_app
from tracker.words import FailureKind, Severity

TEAM, OPS = "json://team.example/x", "json://ops.example/x"
ROUTES = (Route("team", (TEAM,)), Route("ops", (OPS,), operator=True))
DOWN = FetchError(FailureKind.TIMEOUT, "no answer in 90 s")
NOT_FOUND = FetchError(FailureKind.CLIENT_ERROR, "HTTP 404", status=404)


class Site:
    """Some sources of one host, an operator and those who follow the sources."""

    def __init__(self, database: Database, clock: ManualClock, count: int = 1, **values: object) -> None:
        self.ids = [f"acme{number}" for number in range(count)]
        sources = [acme(id=ident, name=ident.title(), pages=(SourcePage(f"{URL}/{ident}"),)) for ident in self.ids]
        told: dict[str, object] = {"time_zone": "UTC", "confirm_delay": 0, "alarm_disk_free": 0}
        self.world = World.build(database, clock, *sources, routes=ROUTES, **(told | values))
        self.clock, self.database, self.notifier = clock, database, MemoryNotifier()
        for ident in self.ids:
            self.world.fetcher.serve(f"{URL}/{ident}", policy())
            self.world.check(ident, hours=0.1)

    def fail(self, error: FetchError, times: int, *idents: str, hours: float = 1) -> None:
        for _ in range(times):
            self.clock.advance(timedelta(hours=hours))
            for ident in idents or self.ids:
                self.world.fetcher.queue(f"{URL}/{ident}", error)
                self.world.check(ident, hours=0)

    def look(self) -> list[str]:
        """Look at the health, send, and return the titles the operator got."""
        watch_health(self.world.runtime)
        return self.sent(OPS)

    def sent(self, url: str) -> list[str]:
        before = len(self.notifier.sent)
        runtime = self.world.runtime
        Sender(self.database, self.notifier, runtime.settings, self.clock).send_due(runtime.routes)
        return [sent.message.subject for sent in self.notifier.sent[before:] if sent.url == url]


def test_a_source_that_keeps_failing_is_told_once_and_again_after_it_recovered(
    database: Database, clock: ManualClock
) -> None:
    """At the fifth failure in a row, not before, not again while it lasts; the team hears nothing of it."""
    site = Site(database, clock)
    site.fail(DOWN, 4)
    assert site.look() == []
    site.fail(DOWN, 1)
    assert site.look() == ["[medium] acme0: timeout, 5 times in a row (no answer in 90 s)"]
    site.fail(DOWN, 3)
    assert site.look() == []
    site.world.check("acme0", hours=1)
    assert site.look() == []
    site.fail(DOWN, 5)
    assert site.look() == ["[medium] acme0: timeout, 5 times in a row (no answer in 90 s)"]
    assert {sent.url for sent in site.notifier.sent} == {OPS}


def test_a_check_that_breaks_down_is_a_failure_of_its_own_kind(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed before is not blamed for it, and each one stands among the outcomes of the source's checks."""

    def break_down(*_: object) -> None:
        raise ValueError("a fault of ours")

    site = Site(database, clock)
    site.fail(DOWN, 1)
    monkeypatch.setattr(planner, "check_source", break_down)
    for _ in range(4):
        clock.advance(timedelta(hours=1))
        with pytest.raises(ValueError, match="of ours"):
            Planner(site.world.runtime).work("acme0")
    assert site.look() == ["[medium] acme0: crashed, 5 times in a row (internal error: ValueError)"]
    with database.read() as session:
        key = source_row(session, "acme0").key
        assert key is not None
        assert [(row.outcome, row.failure) for row in checks(session, key, limit=5)] == [
            *[("failed", "crashed")] * 4,
            ("failed", "timeout"),
        ]


def test_fifty_sources_of_one_failing_host_are_one_message(database: Database, clock: ManualClock) -> None:
    """Those that follow within the day are a part of it; the message counts those that fail for less long too."""
    site = Site(database, clock, count=12)
    site.fail(DOWN, 5, *site.ids[:8])
    site.fail(DOWN, 2, *site.ids[8:])
    assert site.look() == ["[medium] 8 sources of acme.example fail"]
    payload = site.notifier.sent[-1].message.payload
    assert payload is not None
    assert len(payload["notice"]["body"].splitlines()) == 9
    assert payload["notice"]["body"].endswith("Of the same host 4 more failed so at their last check.")
    site.fail(DOWN, 3, *site.ids[8:])
    assert site.look() == []
    site.world.fetcher.serve(f"{URL}/acme11", policy())
    site.clock.advance(timedelta(hours=30))
    site.world.check("acme11", hours=0)
    assert site.look() == []
    site.fail(DOWN, 5, "acme11")
    assert site.look() == ["[medium] acme11: timeout, 5 times in a row (no answer in 90 s)"]


def test_a_source_not_fetched_for_days_is_told(database: Database, clock: ManualClock) -> None:
    """Whatever the reason, and although no check failed; a paused one is nobody's trouble."""
    site = Site(database, clock)
    site.clock.advance(timedelta(days=6, hours=23))
    assert site.look() == []
    site.clock.advance(timedelta(hours=2))
    (subject,) = site.look()
    assert subject == "[high] acme0: not fetched since 2026-03-01, for 7 days"
    assert site.look() == []


def test_selectors_that_catch_nothing_are_told_at_the_second_time(database: Database, clock: ManualClock) -> None:
    """They do not mend themselves."""
    page = SourcePage(f"{URL}/x", ExtractionRules(select=("#legal",)))
    world = World.build(database, clock, acme(pages=(page,)), routes=ROUTES, alarm_disk_free=0)
    world.fetcher.serve(f"{URL}/x", policy())
    world.check()
    assert watch_health(world.runtime) == 0
    world.check()
    assert watch_health(world.runtime) == 1


def test_a_document_that_is_gone_is_told_to_operators_soon_and_to_its_routes_when_it_stays_so(
    database: Database, clock: ManualClock
) -> None:
    """Five checks and three days, as for a held text; a network that fails in between brings nothing back."""
    site = Site(database, clock)
    site.fail(NOT_FOUND, 2, hours=12)
    site.fail(DOWN, 1, hours=12)
    site.fail(NOT_FOUND, 2, hours=12)
    assert site.look() == ["[high] acme0: the host has no such document since 2026-03-02"]
    assert create_notices(site.world.runtime) == 0
    site.fail(NOT_FOUND, 2, hours=12)
    assert create_notices(site.world.runtime) == 1
    assert create_notices(site.world.runtime) == 0
    assert site.sent(TEAM) == ["[high] Acme0: the document is gone"]
    site.world.check("acme0")
    site.fail(NOT_FOUND, 7, hours=12)
    assert create_notices(site.world.runtime) == 1


def test_a_page_that_leads_elsewhere_is_told_to_operators_then_to_its_routes(
    database: Database, clock: ManualClock
) -> None:
    """The same text at another place: told at once, and to people when it has stayed there."""
    site = Site(database, clock)
    assert site.look() == []
    redirect(site, f"{URL}/moved/here")
    site.world.check("acme0")
    (subject,) = site.look()
    assert subject.startswith(f"[medium] acme0: {URL}/acme0 leads to {URL}/moved/here, it led to ")
    assert create_notices(site.world.runtime) == 0
    site.clock.advance(timedelta(days=3))
    site.world.check("acme0")
    assert create_notices(site.world.runtime) == 1
    assert site.sent(TEAM) == ["[medium] Acme0: the page leads elsewhere"]
    assert site.look() == []


def redirect(site: Site, final_url: str) -> None:
    """Let the page answer from another address from now on."""
    fetch = site.world.fetcher.fetch

    def led(request: object) -> object:
        return replace(fetch(request), final_url=final_url)  # type: ignore[arg-type]

    site.world.runtime.fetcher = SimpleNamespace(fetch=led)


def test_dead_letters_are_told_until_the_destination_takes_something_again(
    database: Database, clock: ManualClock
) -> None:
    """One message for a destination, without its secrets; a death of the operator's own makes no endless loop."""
    site = Site(database, clock, delivery_attempts=1)
    site.notifier.down.add(TEAM)
    site.world.fetcher.serve(f"{URL}/acme0", policy(p3="We sell your personal information to data brokers."))
    site.world.check("acme0")
    site.sent(TEAM)
    (subject,) = site.look()
    assert subject.startswith("[high] route team, webhook at team.example (")
    assert subject.endswith(": 1 given up; down")
    site.world.fetcher.serve(f"{URL}/acme0", policy(p3="We sell your personal information to everybody."))
    site.world.check("acme0")
    site.sent(TEAM)
    assert site.look() == []
    site.notifier.down.clear()
    site.world.fetcher.serve(f"{URL}/acme0", policy())
    site.world.check("acme0")
    site.sent(TEAM)
    assert site.look() == []
    site.notifier.down.add(OPS)
    site.fail(DOWN, 5)
    for _ in range(3):
        site.look()
    assert len([row for row in site.world.deliveries() if row.route == "ops" and row.state == "dead"]) <= 2


def test_an_archive_that_sends_us_away_for_long_is_told(database: Database, clock: ManualClock) -> None:
    """Not a short pause, and not a host of a followed page."""
    site = Site(database, clock)
    now = clock.now().timestamp()
    with database.write() as session:
        block_slot(session, "archive:internet-archive", now + 600)
        block_slot(session, "acme.example", now + 90_000)
    assert site.look() == []
    with database.write() as session:
        block_slot(session, "archive:internet-archive", now + 7_200)
    (subject,) = site.look()
    assert subject.startswith("[medium] internet-archive may be asked nothing until ")
    clock.advance(timedelta(hours=1, minutes=30))
    assert site.look() == []


def test_a_disk_that_is_nearly_full_is_told_until_there_is_room(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A little room is no recovery, so it is not told again and again around the limit."""
    site = Site(database, clock, alarm_disk_free=0.05)

    def left(free: int) -> None:
        clock.advance(timedelta(minutes=5))
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free, total=1_000))

    left(60)
    assert site.look() == []
    left(49)
    (subject,) = site.look()
    assert subject.endswith("has 4.9% left")
    left(55)
    assert site.look() == []
    left(49)
    assert site.look() == []
    left(90)
    assert site.look() == []
    left(10)
    assert len(site.look()) == 1


def test_the_disk_that_is_watched_is_the_one_the_store_is_on(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store whose address leads elsewhere fills another disk than that of `data_dir`."""
    here, there = tmp_path / "data", tmp_path / "elsewhere"
    here.mkdir()
    free = {here: 900, there: 10}
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free[Path(folder)], total=1_000))
    with closing(Database(f"sqlite:///{there / 'store.sqlite'}")) as store:
        create_store(store)
        (subject,) = Site(store, clock, alarm_disk_free=0.05, data_dir=here).look()
    assert subject.endswith(f"the disk of {there} has 1.0% left")


def test_without_an_operator_the_trouble_stands_in_the_events_alone(database: Database, clock: ManualClock) -> None:
    """Nothing is sent, nothing breaks, and a route for operators that comes later is not flooded."""
    site = Site(database, clock)
    file = site.world.runtime.sources_file
    site.world.runtime.sources_file = type(file)(file.sources, ROUTES[:1])
    site.fail(DOWN, 5)
    assert site.look() == []
    site.world.runtime.sources_file = file
    assert site.look() == []


def test_an_operator_may_ask_for_the_grave_alone(database: Database, clock: ManualClock) -> None:
    """The severity of the route holds."""
    site = Site(database, clock)
    file = site.world.runtime.sources_file
    grave = Route("ops", (OPS,), operator=True, severity=Severity.HIGH)
    site.world.runtime.sources_file = type(file)(file.sources, (grave,))
    site.fail(DOWN, 5)
    assert site.look() == []
    site.clock.advance(timedelta(days=8))
    assert len(site.look()) == 1


def test_a_sign_of_life_is_given_and_its_failure_is_no_failure_of_ours() -> None:
    """The address is asked while there is one; an address that does not answer costs a line of log, once."""
    asked: list[str] = []

    def ask(url: str, _settings: Settings) -> None:
        asked.append(url)
        if len(asked) in {2, 3}:
            raise TimeoutError

    heart = Heartbeat(Settings(heartbeat_url="https://beat.example/s3cret"), ask)  # type: ignore[arg-type]
    assert [heart.beat() for _ in range(4)] == [True, False, False, True]
    assert asked == ["https://beat.example/s3cret"] * 4
    assert Heartbeat(Settings(), ask).beat() is False
    assert "s3cret" not in repr(Settings(heartbeat_url="https://beat.example/s3cret"))  # type: ignore[arg-type]


def test_the_outbox_of_operators_holds_no_digest_of_others(database: Database, clock: ManualClock) -> None:
    """A route of operators may be a digest of its own."""
    site = Site(database, clock)
    file = site.world.runtime.sources_file
    daily = Route("ops", (OPS,), operator=True, digest="daily")
    site.world.runtime.sources_file = type(file)(file.sources, (daily,))
    site.fail(DOWN, 5)
    assert site.look() == []
    row: Delivery = site.world.deliveries()[0]
    assert (row.route, row.digest) == ("ops", "daily")
    site.clock.advance(timedelta(days=1))
    assert site.look() == ["[medium] Daily digest: 1 notice"]


@pytest.mark.parametrize(("path", "well"), [("/good", True), ("/bad", False), ("/elsewhere", False), ("/none", False)])
def test_a_real_address_takes_the_sign_of_life_or_not(path: str, well: bool) -> None:
    """An error, a redirect (which is not followed) and a closed door are no sign that was taken."""
    with hostile_server() as server:
        server.page("/good", b"ok")
        server.page("/bad", b"", 500)
        server.page("/elsewhere", b"", 302, Location=server.url("/good"))
        url = server.url(path) if path != "/none" else "http://127.0.0.1:9/"
        assert Heartbeat(Settings(heartbeat_url=url)).beat() is well  # type: ignore[arg-type]


def test_what_is_wrong_stands_on_the_operators_page(database: Database, clock: ManualClock) -> None:
    """As long as it lasts."""
    site = Site(database, clock)
    client = TestClient(create_app(site.world.runtime), base_url="http://127.0.0.1")
    assert "Alarms" not in client.get("/operator").text
    site.fail(DOWN, 5)
    site.look()
    assert 'failing: <a href="/sources/acme0">acme0</a>' in client.get("/operator").text
