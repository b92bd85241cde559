"""`tracker check` and `tracker backfill` over in-memory hosts and archives."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from tests.world import URL, World, acme, policy
from tracker.alerts.sender import SendReport
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.daemon.engine import wiring
from tracker.daemon.runtime import Runtime
from tracker.errors import ArchiveRateLimited, FetchError, UsageError
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.fetch.model import Capture, Page
from tracker.settings import load_settings
from tracker.sources.model import Backfill, Route, SourcePage
from tracker.store.history.sources import pause, source_row
from tracker.store.schema.order_tables import BackfillOrder
from tracker.store.upkeep.upgrade import open_store
from tracker.words import FailureKind

SOLD = "We may sell your personal information to our advertising partners."
OTHER_URL = "https://other.example/privacy"


class CountingSender:
    """Counts how often it was told to send."""

    def __init__(self) -> None:
        self.rounds = 0
        self.report = SendReport()

    def send_due(self, routes: tuple[Route, ...]) -> SendReport:
        self.rounds += 1
        return self.report


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> CountingSender:
    counting = CountingSender()
    monkeypatch.setattr(wiring, "open_sender", lambda runtime: counting)
    return counting


@pytest.fixture
def world(clock: ManualClock, monkeypatch: pytest.MonkeyPatch, sender: CountingSender) -> Iterator[World]:
    """Two policies on two hosts and an archive of both; the commands work on this world instead of the real one."""
    sources = (
        acme(backfill=Backfill(archives=("memory",))),
        acme(id="other", name="Other", pages=(SourcePage(OTHER_URL),), backfill=Backfill(archives=("memory",))),
    )
    with closing(open_store(load_settings())) as database:
        built = World.build(database, clock, *sources)
        built.archives["memory"] = InMemoryArchive()
        built.fetcher.serve(URL, policy())
        built.fetcher.serve(OTHER_URL, policy())
        monkeypatch.setattr(wiring, "open_runtime", lambda *args, **kwargs: built.runtime)
        yield built


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def archive_of(world: World) -> InMemoryArchive:
    archive = world.archives["memory"]
    assert isinstance(archive, InMemoryArchive)
    return archive


def fill_archive(world: World, url: str = URL, months: int = 6) -> None:
    """Archive a policy every thirty days; from the fourth capture on it sells data."""
    for month in range(months):
        text = policy(p3=SOLD) if month >= 3 else policy()
        body = text.replace("<main>", f"<main><!-- {month} -->").encode()
        archive_of(world).add(url, datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=30 * month), body)


def test_a_round_checks_every_source_and_sums_up(world: World, sender: CountingSender) -> None:
    """Each source has a row with what was found, the last line counts, and what is due is sent."""
    first = run("check")
    assert first.exit_code == 0
    assert [line.split()[:3] for line in first.output.splitlines()[1:3]] == [
        ["acme", "new", "version"],
        ["other", "new", "version"],
    ]
    world.clock.advance(timedelta(hours=1))
    world.fetcher.serve(URL, policy(p3=SOLD))
    second = run("check")
    assert second.output.splitlines()[-1] == (
        "2 checked: 1 unchanged, 1 new version, 0 back to an earlier text, 1 material, 0 failed, 0 held"
    )
    assert "new version, material" in second.output
    assert sender.rounds == 2


def test_a_failed_check_is_told_with_its_reason_and_status_one(world: World) -> None:
    """One source that fails is named with the kind of failure; the other is checked all the same."""
    world.fetcher.queue(URL, FetchError(FailureKind.TIMEOUT, "no answer within 90 s"))
    result = run("check", "--json")
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert [(row["source"], row["outcome"], row["failure"]) for row in told["results"]] == [
        ("acme", "failed", "timeout"),
        ("other", "new", None),
    ]
    assert told["results"][0]["detail"] == "no answer within 90 s"
    assert (told["summary"]["checked"], told["summary"]["failed"]) == (2, 1)


def test_an_alert_that_is_not_accepted_is_told(world: World, sender: CountingSender) -> None:
    """The checks went well, yet the user must see that nobody heard of what they found."""
    sender.report = SendReport(sent=1, failed=1)
    result = run("check")
    assert result.exit_code == 1
    assert "alerts not accepted: 1" in result.stderr
    assert json.loads(run("check", "--json").stdout)["deliveries"] == {"sent": 1, "failed": 1, "dead": 0}


def test_only_the_named_sources_are_checked(world: World) -> None:
    """Naming one leaves the others alone, twice is once; an unknown one is bad usage before anything is fetched."""
    assert [row["source"] for row in json.loads(run("check", "other", "--json").output)["results"]] == ["other"]
    twice = json.loads(run("check", "other", "acme", "other", "--json").output)
    assert [row["source"] for row in twice["results"]] == ["other", "acme"]
    world.fetcher.requests.clear()
    unknown = run("check", "acme", "acne")
    assert isinstance(unknown.exception, UsageError)
    assert str(unknown.exception) == "no source 'acne' in the sources file; did you mean acme?"
    assert world.fetcher.requests == []


def test_a_paused_source_is_checked_only_when_named(world: World) -> None:
    """A round leaves it out; who names it wants it."""
    with world.runtime.database.write() as session:
        pause(session, "acme")
    assert [row["source"] for row in json.loads(run("check", "--json").output)["results"]] == ["other"]
    assert [row["source"] for row in json.loads(run("check", "acme", "--json").output)["results"]] == ["acme"]


def test_now_confirms_a_material_change_without_waiting(world: World) -> None:
    """A second fetch at once takes the place of the confirming delay."""
    run("check")
    world.clock.advance(timedelta(hours=1))
    world.fetcher.serve(URL, policy(p3=SOLD))
    told = json.loads(run("check", "acme", "--now", "--json").output)["results"][0]
    assert (told["material"], told["state"]) == (True, "confirmed")


def test_backfill_tells_what_became_of_every_capture(world: World) -> None:
    """Captures are counted by state; a second run downloads nothing and counts the same."""
    fill_archive(world)
    archive_of(world).add(URL, datetime(2025, 8, 1, tzinfo=UTC), b"gone", status=404)
    first = run("backfill", "acme", "--json")
    assert first.exit_code == 0, first.output
    (report,) = json.loads(first.output)
    assert (report["captures"], report["downloaded"], report["changes_judged"]) == ({"failed": 1, "stored": 6}, 6, 1)
    (again,) = json.loads(run("backfill", "acme", "--json").output)
    assert (again["captures"], again["downloaded"], again["changes_judged"]) == ({"failed": 1, "stored": 6}, 0, 0)
    assert world.counts() == (2, 6)
    assert world.deliveries() == []


def test_several_sources_are_filled_in_side_by_side(world: World) -> None:
    """--all takes every source of the file; the table has a row for each, in the order of the file."""
    fill_archive(world)
    fill_archive(world, OTHER_URL, months=2)
    result = run("backfill", "--all")
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.output.splitlines() if line.startswith(("acme", "other"))]
    assert rows == [["acme", "6", "6", "1"], ["other", "2", "2", "0"]]


@pytest.mark.parametrize(
    ("since", "until", "first"),
    [("--since", "--until", "2025-01-15"), ("--from", "--to", "2025-01-15"), ("--since", "--to", "2025-01-15T12:00")],
)
def test_span_and_spacing_are_as_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch, since: str, until: str, first: str
) -> None:
    """--since, --until and --every stand above what the sources file says; a day is that which is written."""
    monkeypatch.setenv("TRACKER_TIME_ZONE", "Asia/Tokyo")
    fill_archive(world)
    args = ("backfill", "acme", since, first, until, "2025-05-15", "--every", "50d", "--json")
    (report,) = json.loads(run(*args).output)
    assert report["captures"] == {"skipped": 2, "stored": 2}


def test_orders_are_listed_in_the_zone_of_the_settings(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When they were asked for, when one that broke off goes on, when one was done."""
    monkeypatch.setenv("TRACKER_TIME_ZONE", "Asia/Tokyo")
    with world.runtime.database.write() as session:
        at, keys = datetime(2026, 3, 1, 20, tzinfo=UTC), [source_row(session, name).key for name in ("acme", "other")]
        for key, done in zip(keys, (None, at), strict=True):
            assert key is not None
            row = BackfillOrder(source_key=key, asked_at=at, next_try_at=at, attempts=1, finished_at=done)
            session.add(row)
    shown = [line.split() for line in run("backfill", "--list").output.splitlines() if "2026" in line]
    asked = ["2026-03-02", "05:00"]
    assert shown == [["acme", *asked, "goes", "on", *asked], ["other", *asked, "done", *asked]]


def test_a_stop_ends_after_the_capture_in_hand_and_resuming_ends_alike(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM gives status 1 and says how to go on; the next run ends with what an undisturbed one would have."""
    fill_archive(world)
    memento = archive_of(world).memento
    stops: list[threading.Event] = []

    def opened(*args: object, stop: threading.Event, **kwargs: object) -> Runtime:
        stops.append(stop)
        return world.runtime

    def stopping(capture: Capture) -> Page:
        if capture.timestamp.startswith("202503"):
            os.kill(os.getpid(), signal.SIGTERM)
            assert stops[0].wait(120)
        return memento(capture)

    monkeypatch.setattr(wiring, "open_runtime", opened)
    monkeypatch.setattr(InMemoryArchive, "memento", lambda _self, capture: stopping(capture))
    handler = signal.getsignal(signal.SIGTERM)
    stopped = CliRunner().invoke(app, ["backfill", "acme", "--json"])
    assert stopped.exit_code == 1
    assert "run the same command again" in stopped.stderr
    (report,) = json.loads(stopped.stdout)
    assert report["captures"] == {"pending": 3, "stored": 3}
    assert signal.getsignal(signal.SIGTERM) is handler
    monkeypatch.undo()
    monkeypatch.setattr(wiring, "open_runtime", lambda *args, **kwargs: world.runtime)
    (resumed,) = json.loads(run("backfill", "acme", "--json").output)
    assert (resumed["captures"], resumed["downloaded"]) == ({"stored": 6}, 3)
    assert world.counts() == (2, 6)
    assert len(world.changes()) == 1


def test_an_archive_that_closes_its_door_ends_early_with_status_one(world: World) -> None:
    """The reason is told, what was listed stays pending, and other sources are filled in."""
    fill_archive(world, OTHER_URL, months=2)
    archive_of(world).fail(ArchiveRateLimited("memory asked us to slow down", 60))
    world.runtime.settings = world.runtime.settings.model_copy(update={"fetch_threads": 1})
    result = run("backfill", "acme", "other", "--json")
    assert result.exit_code == 1
    assert "acme: memory: memory asked us to slow down" in result.stderr
    assert [report["captures"] for report in json.loads(result.stdout)] == [{}, {"stored": 2}]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "name the sources"),
        (("acme", "--all"), "name the sources"),
        (("acne",), "no source 'acne'"),
        (("acme", "--archive", "nowhere"), "no archive 'nowhere'"),
        (("acme", "--every", "often"), "is no duration"),
        (("acme", "--since", "2025-02-01", "--until", "2025-01-01"), "before it begins"),
        (("acme", "--since", "soon"), "is no date"),
    ],
)
def test_a_backfill_that_cannot_be_meant_asks_no_archive(world: World, args: tuple[str, ...], message: str) -> None:
    """Bad usage is told before anything is listed."""
    fill_archive(world)
    result = run("backfill", *args)
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
    assert archive_of(world).played == []


def test_the_span_of_the_sources_file_holds_where_nothing_else_is_said(world: World) -> None:
    """A source's own back-fill settings are the default."""
    fill_archive(world)
    source = replace(world.runtime.source("acme"), backfill=Backfill(archives=("memory",), since=date(2025, 4, 1)))
    world.runtime.sources_file = replace(world.runtime.sources_file, sources=(source,))
    (report,) = json.loads(run("backfill", "acme", "--json").output)
    assert report["captures"] == {"stored": 3}


def test_what_a_host_says_cannot_steer_the_terminal(world: World) -> None:
    """The detail of a failure may quote the host; control characters of it come out as replacements."""
    world.fetcher.queue(URL, FetchError(FailureKind.HTTP, "bad header \x1b]0;owned\x07"))
    output = run("check", "acme").output
    assert "bad header" in output
    assert "\x1b" not in output


def test_events_tell_the_operator_of_a_failure_and_its_end(world: World) -> None:
    """The newest comes first; an escape sequence in a host's answer does not reach the terminal."""
    run("check")
    world.fetcher.queue(URL, FetchError(FailureKind.SERVER_ERROR, "HTTP 503 \x1b[31mred", status=503))
    run("check", "acme")
    run("check", "acme")
    told = json.loads(run("events", "--source", "acme", "--json").output)
    assert [(event["source"], event["kind"]) for event in told] == [("acme", "recovered"), ("acme", "failed")]
    shown = run("events", "--limit", "2")
    assert "HTTP 503" in shown.output
    assert "\x1b[31m" not in shown.output
    assert json.loads(run("events", "--source", "other", "--json").output) == []
