"""Two hundred vendors: a list to review, sources, and one report instead of two hundred messages."""

import csv
import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from tests.hostile import Handler, HostileServer
from tests.support.serving import serving
from tests.support.sites import document, home
from tests.world import URL, World, acme, policy
from tracker.cli.app import app
from tracker.clock import ManualClock, SystemClock
from tracker.daemon.notices.notices import look_around
from tracker.daemon.notices.onboarding import tell_onboarding
from tracker.daemon.past.backfill import Span, backfill
from tracker.errors import FetchError
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.settings import load_settings
from tracker.sources.load import load_sources
from tracker.sources.model import Route, SourcePage
from tracker.store.database import Database
from tracker.store.schema.tables import Notice
from tracker.store.upkeep.upgrade import open_store
from tracker.words import FailureKind

VENDORS = 200
ROUTE = Route("ops", ("json://localhost/hook",))


class ManySites(HostileServer):
    """One server that is two hundred hosts of this machine: each has its own address in 127.0.0.0/8."""

    def __init__(self) -> None:
        ThreadingHTTPServer.__init__(self, ("0.0.0.0", 0), Handler)
        self.scripts, self.seen, self.posted = {}, [], {}

    def at(self, number: int) -> str:
        return f"http://127.0.1.{number}:{self.server_port}/"


@pytest.fixture
def sites() -> Iterator[ManySites]:
    """Every vendor links a privacy policy; each tenth has none at all, each fifth terms besides."""
    server = ManySites()

    def number_of(handler: Handler) -> int:
        return int(handler.headers["Host"].partition(":")[0].rpartition(".")[2])

    def front(handler: Handler) -> None:
        number = number_of(handler)
        pairs = [] if number % 10 == 0 else [("Privacy Policy", "/privacy")]
        pairs += [("Terms of Service", "/terms")] if number % 5 == 1 else []
        handler.answer(200, home(*pairs).encode(), Content_Type="text/html")

    def text(title: str) -> None:
        def script(handler: Handler) -> None:
            number = number_of(handler)
            if number % 10 == 0 if title == "Privacy Policy" else number % 5 != 1:
                handler.answer(404)
                return
            body = document(title, f"Vendor {number}", extra=f"This is the {title}.")
            handler.answer(200, body.encode(), Content_Type="text/html")

        server.script("/privacy" if title == "Privacy Policy" else "/terms", script)

    server.script("/", front)
    text("Privacy Policy")
    text("Terms of Service")
    with serving(server):
        yield server


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_two_hundred_vendors_become_sources_and_one_report(
    sites: ManySites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list to review within 20 seconds, what is accepted in it as sources, and after their checks one message."""
    for name, value in {"ALLOW_PRIVATE_ADDRESSES": "true", "HOST_DELAY": "0", "COMPARE_PROCESSES": "0"}.items():
        monkeypatch.setenv(f"TRACKER_{name}", value)
    monkeypatch.chdir(tmp_path)
    rows = [
        f"Vendor {number},{sites.at(number)},kim,{'hr' if number % 2 else 'it'}" for number in range(1, VENDORS + 1)
    ]
    (tmp_path / "vendors.csv").write_text("\n".join(["Company,Website,Owner,Tag", *rows]), encoding="utf-8")
    started = time.perf_counter()
    done = run("sources", "import-csv", "vendors.csv", "--archive", "", "--tag", "vendor", "--json")
    assert done.exit_code == 0, done.output
    assert time.perf_counter() - started < 20
    told = json.loads(done.stdout)
    assert (told["searched"], told["with_documents"], len(told["without"])) == (200, 180, 20)
    assert told["likely_documents"] == 220
    assert not Path("sources.toml").exists()

    review = Path(told["review"])
    with review.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["domain"] for line in lines if line["accept"] == "no"] == told["without"]
    # A person leaves one out.
    text = review.read_text(encoding="utf-8-sig").replace("yes,Vendor 1,", "no,Vendor 1,", 1)
    review.write_text(text, encoding="utf-8")
    added = json.loads(run("sources", "import-csv", str(review), "--accept", "--json").stdout)["added"]
    assert (len(added), len(set(added))) == (219, 219)
    followed = load_sources(Path("sources.toml"))
    assert followed.sources[0].tags == ("vendor", "hr", "owner:kim")
    again = json.loads(run("sources", "import-csv", str(review), "--accept", "--json").stdout)
    assert (again["added"], len(again["followed_already"])) == ([], 219)


def new_world(database: Database, clock: ManualClock, count: int) -> World:
    """A world of new sources, one of which fails and one of which is no policy."""
    sources = [
        acme(id=f"s{number}", name=f"Source {number}", pages=(SourcePage(f"{URL}/{number}"),))
        for number in range(count)
    ]
    world = World.build(database, clock, *sources, routes=(ROUTE, Route("other", ("json://x/y",), tags=("none",))))
    for number in range(count):
        world.fetcher.serve(f"{URL}/{number}", policy())
    world.fetcher.queue(f"{URL}/1", *[FetchError(FailureKind.DNS, "no such name")] * 9)
    world.fetcher.serve(f"{URL}/2", "<title>Log in</title><main>" + policy() + "</main>")
    return world


def notices(world: World) -> list[Notice]:
    with world.runtime.database.read() as session:
        return [one for one in session.exec(select(Notice)) if one.kind == "onboarding"]


def test_new_sources_make_one_report_once_all_were_checked(database: Database, clock: ManualClock) -> None:
    """It counts what was recorded, held and failing, goes to the routes that reach them, and is not sent again."""
    world = new_world(database, clock, 5)
    for number in range(4):
        world.check(f"s{number}", hours=0)
        tell_onboarding(world.runtime)
    assert notices(world) == []
    world.check("s4", hours=0)
    tell_onboarding(world.runtime)
    (notice,) = notices(world)
    assert notice.title == "5 new sources: 3 recorded, 1 held back, 1 failing"
    assert "Failing (dns): 1: s1" in notice.body
    assert "Held back (login): 1: s2" in notice.body
    assert [delivery.route for delivery in world.deliveries()] == ["ops"]
    world.check("s1", hours=1)
    tell_onboarding(world.runtime)
    assert len(notices(world)) == 1


def test_a_report_waits_no_longer_than_a_day(database: Database, clock: ManualClock) -> None:
    """A source that is never checked holds back no report on the others."""
    world = new_world(database, clock, 4)
    for number in range(3):
        world.check(f"s{number}", hours=0)
    clock.advance(timedelta(hours=23))
    tell_onboarding(world.runtime)
    assert notices(world) == []
    clock.advance(timedelta(hours=1))
    tell_onboarding(world.runtime)
    assert notices(world)[0].title.endswith("1 not checked yet")


def test_two_new_sources_make_no_report(database: Database, clock: ManualClock) -> None:
    """Whoever adds so few looks at them."""
    world = World.build(database, clock, acme(), acme(id="b"), routes=(ROUTE,))
    world.fetcher.serve(URL, policy())
    world.check("acme", hours=0)
    world.check("b", hours=0)
    tell_onboarding(world.runtime)
    assert (notices(world), world.deliveries()) == ([], [])


def test_new_sources_that_go_on_failing_are_one_message_of_health(database: Database, clock: ManualClock) -> None:
    """Six hosts that never answered: the report names them, and operators hear of them together, not six times."""
    sources = [acme(id=f"s{number}", pages=(SourcePage(f"https://v{number}.example/"),)) for number in range(6)]
    world = World.build(database, clock, *sources, routes=(Route("ops", ("json://localhost/hook",), operator=True),))
    for _ in range(world.runtime.settings.alarm_failures):
        for source in sources:
            world.fetcher.queue(source.pages[0].url, FetchError(FailureKind.TIMEOUT, "no answer"))
            world.check(source.id, hours=0)
        clock.advance(timedelta(hours=1))
        look_around(world.runtime)
    assert notices(world)[0].title == "6 new sources: 6 failing"
    with world.runtime.database.read() as session:
        health = [one.title for one in session.exec(select(Notice)) if one.kind == "health"]
    assert health == ["6 sources of several hosts fail"]


def test_the_report_is_shown_by_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All new sources, none left out for the length of a message."""
    monkeypatch.chdir(tmp_path)
    with closing(open_store(load_settings())) as database:
        world = new_world(database, ManualClock(SystemClock().now()), 30)
        for number in range(30):
            world.check(f"s{number}", hours=0)
    told = json.loads(run("sources", "report", "--json").stdout)
    assert (len(told["recorded"]), told["held"], told["failing"]) == (28, {"login": ["s2"]}, {"dns": ["s1"]})
    assert run("sources", "report").stdout.startswith("30 new sources: 28 recorded, 1 held back, 1 failing\n")


def test_what_changed_since_the_archived_text_stands_in_the_report(database: Database, clock: ManualClock) -> None:
    """The step from the archive to the live text alerts nobody; here it is told."""
    world = new_world(database, clock, 4)
    archive = world.archives["internet-archive"] = InMemoryArchive("internet-archive")
    archive.add(f"{URL}/0", clock.now() - timedelta(days=400), policy(p5="We keep server logs for 7 days.").encode())
    backfill(world.runtime, world.runtime.source("s0"), Span())
    for number in range(4):
        world.check(f"s{number}", hours=0)
    tell_onboarding(world.runtime)
    assert "Changed since its archived text: s0: How long data is kept" in notices(world)[0].body
    assert [delivery.change_id for delivery in world.deliveries()] == [None]
