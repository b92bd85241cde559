"""A history filled in from archives ends the same, whatever the order and however often it was stopped."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select, update

from tests.support.dump import dump_content
from tests.world import URL, World, acme, policy
from tracker.clock import ManualClock
from tracker.daemon.past.backfill import Span, backfill
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.sources.model import Backfill, Route, SourcePage
from tracker.store.database import Database
from tracker.store.schema.tables import Blob, CaptureRow, Snapshot
from tracker.store.texts.blobs import remove_payload
from tracker.store.upkeep.upgrade import create_store
from tracker.words import Flag, Severity

FIRST = datetime(2020, 1, 1, 10, tzinfo=UTC)
TEXTS = (
    policy(),
    policy(p3="We may sell your personal information to our advertising partners."),
    policy(p5="We keep server logs for 13 months and delete them after that."),
    policy(p6=""),
)
ROUTES = (Route("hook", ("json://hooks.example/x",), severity=Severity.LOW),)


def filled(folder: Path, shown: list[int], fill: Callable[[World], None]) -> list[str]:
    """Return the content of a store whose archive shows these texts, ten days apart, filled in some way."""
    with closing(Database(f"sqlite:///{folder / 'store.sqlite'}")) as database:
        create_store(database)
        clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
        source = acme(backfill=Backfill(archives=("memory",)))
        world = World.build(database, clock, source, routes=ROUTES)
        archive = InMemoryArchive("memory")
        for number, text in enumerate(shown):
            archive.add(URL, FIRST + timedelta(days=10 * number), TEXTS[text].encode())
        world.archives["memory"] = archive
        fill(world)
        assert world.deliveries() == []
        with database.read() as session:
            return list(dump_content(session))


def told(content: list[str]) -> list[str]:
    """Return the lines of a dump that say what was seen when, and what changed."""
    return [line for line in content if json.loads(line)["kind"] not in {"snapshot", "capture"}]


def in_one_go(world: World) -> None:
    backfill(world.runtime, world.runtime.source("acme"), Span())


@settings(max_examples=5, deadline=None)
@given(shown=st.lists(st.integers(0, 3), min_size=1, max_size=7), cut=st.integers(0, 70))
def test_two_spans_in_either_order_give_what_one_gives(
    tmp_path_factory: pytest.TempPathFactory, shown: list[int], cut: int
) -> None:
    """Late captures go to their place in time; changes on both sides are as if they had always been there."""
    day = (FIRST + timedelta(days=cut)).date()

    def in_spans(*spans: Span) -> Callable[[World], None]:
        def fill(world: World) -> None:
            for span in spans:
                backfill(world.runtime, world.runtime.source("acme"), span)

        return fill

    early, late = Span(until=day), Span(since=day + timedelta(days=1))
    folder = tmp_path_factory.mktemp
    whole = filled(folder("whole"), shown, in_one_go)
    assert filled(folder("forward"), shown, in_spans(early, late)) == whole
    # Which of two equal captures is downloaded depends on the order; what they show does not.
    assert told(filled(folder("backward"), shown, in_spans(late, early))) == told(whole)


@settings(max_examples=5, deadline=None)
@given(shown=st.lists(st.integers(0, 3), min_size=1, max_size=7), stops=st.lists(st.integers(1, 3), max_size=4))
def test_a_run_that_is_stopped_ends_as_one_that_is_not(
    tmp_path_factory: pytest.TempPathFactory, shown: list[int], stops: list[int]
) -> None:
    """Stopped after any number of captures and taken up again, the content is the same."""

    def with_stops(world: World) -> None:
        for captures in stops:
            left = iter([False] * captures)
            backfill(world.runtime, world.runtime.source("acme"), Span(), stop=lambda left=left: next(left, True))  # type: ignore[misc]
        in_one_go(world)

    whole = filled(tmp_path_factory.mktemp("whole"), shown, in_one_go)
    assert filled(tmp_path_factory.mktemp("stopped"), shown, with_stops) == whole


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A source with an archive, nothing filled in yet."""
    built = World.build(database, clock, acme(backfill=Backfill(archives=("memory",))), routes=ROUTES)
    built.archives["memory"] = InMemoryArchive("memory")
    return built


def archive_of(world: World) -> InMemoryArchive:
    archive = world.archives["memory"]
    assert isinstance(archive, InMemoryArchive)
    return archive


def test_filled_in_history_and_the_step_to_live_alert_nobody(world: World) -> None:
    """Material changes of the past are judged and kept, and the first live text is compared and told to nobody."""
    archive_of(world).add(URL, FIRST, TEXTS[0].encode())
    archive_of(world).add(URL, FIRST + timedelta(days=10), TEXTS[1].encode())
    in_one_go(world)
    world.fetcher.serve(URL, TEXTS[2])
    world.check()
    world.check()
    assert [(change.state, change.alert) for change in world.changes()] == [("history", True), ("history", True)]
    assert world.deliveries() == []


def test_the_newest_capture_seen_live_is_the_known_version(world: World) -> None:
    """The step from archive to live alone is no new version."""
    archive_of(world).add(URL, FIRST, TEXTS[0].encode())
    in_one_go(world)
    world.fetcher.serve(URL, TEXTS[0])
    assert world.check().outcome == "unchanged"
    assert world.counts() == (1, 2)


def test_a_capture_between_two_live_texts_supersedes_what_was_told(world: World) -> None:
    """What was delivered stays readable as superseded; its successor says when the text really came."""
    world.fetcher.serve(URL, TEXTS[0])
    world.check()
    seen_first = world.clock.now()
    world.check()
    world.clock.advance(timedelta(days=20))
    world.fetcher.serve(URL, TEXTS[1])
    world.check()
    world.check()
    (told,) = world.changes()
    assert len(world.deliveries()) == 1
    archive_of(world).add(URL, seen_first + timedelta(days=10), TEXTS[1].encode())
    in_one_go(world)
    states = {change.id: (change.state, change.first_seen_after) for change in world.changes()}
    assert states.pop(told.id)[0] == "superseded"
    assert [state for state, _ in states.values()] == ["history"]
    assert len(world.deliveries()) == 1


def test_a_change_that_awaits_confirmation_is_not_lost_to_a_late_capture(world: World) -> None:
    """Its successor awaits in its place and is told once confirmed."""
    world.fetcher.serve(URL, TEXTS[0])
    world.check()
    seen_first = world.clock.now()
    world.clock.advance(timedelta(days=20))
    world.fetcher.serve(URL, TEXTS[1])
    world.check()
    archive_of(world).add(URL, seen_first + timedelta(days=10), TEXTS[1].encode())
    in_one_go(world)
    world.check(hours=1)
    assert len(world.deliveries()) == 1


def test_thinning_takes_the_first_capture_of_each_span(world: World) -> None:
    """What is left out is accounted for, and taken when asked for later."""
    for number in range(6):
        archive_of(world).add(URL, FIRST + timedelta(days=10 * number), TEXTS[number % 2].encode())
    source = world.runtime.source("acme")
    assert backfill(world.runtime, source, Span(every=timedelta(days=30))).counts == {"stored": 2, "skipped": 4}
    assert sum(backfill(world.runtime, source, Span()).counts.values()) == 6
    assert backfill(world.runtime, source, Span()).counts.get("skipped", 0) == 0


def test_a_text_that_comes_back_is_flagged(world: World) -> None:
    """A, B, A: the second step says that an earlier text returned."""
    for number, text in enumerate((0, 1, 0)):
        archive_of(world).add(URL, FIRST + timedelta(days=10 * number), TEXTS[text].encode())
    in_one_go(world)
    assert [Flag.RETURNED.value in change.flags for change in world.changes()] == [False, True]


def test_an_archived_error_page_is_no_version(world: World) -> None:
    """It is accounted for as failed, and the text on both sides of it is one version."""
    archive_of(world).add(URL, FIRST, TEXTS[0].encode())
    archive_of(world).add(URL, FIRST + timedelta(days=10), b"<h1>Not found</h1>", status=404)
    archive_of(world).add(URL, FIRST + timedelta(days=20), TEXTS[0].encode())
    report = backfill(world.runtime, world.runtime.source("acme"), Span(until=date(2021, 1, 1)))
    assert report.counts["failed"] == 1
    assert sum(report.counts.values()) == 3
    assert world.counts() == (1, 2)


def remove_bytes(world: World) -> None:
    """Let the bytes of every capture go, as a retention rule does."""
    with world.runtime.database.write() as session:
        for digest in set(session.exec(select(Snapshot.payload_sha256))):
            remove_payload(session, digest)


def details(world: World) -> list[str]:
    with world.runtime.database.read() as session:
        return [row.detail for row in session.exec(select(CaptureRow).order_by(col(CaptureRow.timestamp)))]


def test_a_page_whose_bytes_were_removed_does_not_end_the_run(database: Database, clock: ManualClock) -> None:
    """What the other page shows cannot be read together with it; that is noted, and the next capture is looked at."""
    first, second = "https://acme.example/one", "https://acme.example/two"
    pages = (SourcePage(first), SourcePage(second))
    world = World.build(database, clock, acme(pages=pages, backfill=Backfill(archives=("memory",))))
    world.archives["memory"] = InMemoryArchive("memory")
    archive_of(world).add(second, FIRST, TEXTS[0].encode())
    in_one_go(world)
    remove_bytes(world)
    for days in (10, 20):
        archive_of(world).add(first, FIRST + timedelta(days=days), TEXTS[days // 10].encode())
    report = backfill(world.runtime, world.runtime.source("acme"), Span())
    assert report.counts == {"stored": 3}
    assert all("removed by a retention rule" in detail for detail in details(world)[1:])


def test_a_repeated_capture_whose_bytes_are_damaged_does_not_end_the_run(world: World) -> None:
    """It is accounted for with the reason, and what comes after it is taken."""
    archive_of(world).add(URL, FIRST, TEXTS[0].encode())
    in_one_go(world)
    with world.runtime.database.write() as session:
        session.exec(update(Blob).values(data=b"no longer packed"))
    archive_of(world).add(URL, FIRST + timedelta(days=10), TEXTS[0].encode())
    archive_of(world).add(URL, FIRST + timedelta(days=20), TEXTS[1].encode())
    report = backfill(world.runtime, world.runtime.source("acme"), Span())
    assert report.counts == {"stored": 2, "repeated": 1}
    assert details(world)[1].startswith(f"the stored capture of {URL} cannot be read: blob ")
