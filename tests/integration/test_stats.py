"""Counts over the history on both databases, and `tracker stats` and `tracker timeline` on a store."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlmodel import Session
from typer.testing import CliRunner

from tests.integration.filling import NOW, keep_text
from tests.world import URL, World, acme, policy
from tracker.cli.app import app
from tracker.cli.stats import BY
from tracker.clock import ManualClock
from tracker.errors import UsageError
from tracker.history.stats import By, heat, median, stats, trends
from tracker.history.timeline import timeline
from tracker.settings import load_settings
from tracker.store.database import Database
from tracker.store.history.counts import ChangeCount
from tracker.store.history.history import observe
from tracker.store.history.sources import SourceEntry, source_row, sync_sources
from tracker.store.schema.held_tables import HeldText
from tracker.store.schema.tables import Change, CheckLog
from tracker.store.upkeep.upgrade import open_store
from tracker.web.api.operating import read_stats
from tracker.words import Topic

BERLIN = ZoneInfo("Europe/Berlin")
SOURCES = [
    SourceEntry("acme", "Acme", tags=("vendor", "=cmd|calc")),
    SourceEntry("brightmail", "Brightmail", tags=("vendor",)),
]

#: Source, day after 1 January 2025, severity, direction, topics, flags, state.
STEPS = [
    (1, 10, "high", "weaker", [Topic.SALE, Topic.RETENTION], ["silent"], "history"),
    (1, 30.97, "none", "neutral", [], [], "history"),  # 31 January in UTC, 1 February in Berlin
    (1, 60, "low", "stronger", [Topic.SALE], [], "confirmed"),
    (1, 60.5, "high", "weaker", [Topic.SALE], [], "superseded"),
    (2, 20, "medium", "mixed", [Topic.TRACKING], ["silent", "returned"], "confirmed"),
    (2, 390, "none", "neutral", [], ["silent"], "awaiting"),
]


def fill(session: Session) -> None:
    """Store two sources with a version and an observation per step, and one more of each at the start."""
    sync_sources(session, SOURCES, NOW)
    for key in (1, 2):
        _observe(session, key, 0, "archive", "Old.")
    for number, (key, day, severity, direction, topics, flags, state) in enumerate(STEPS):
        version = _observe(session, key, day, "live", f"Text {number}.")
        session.add(
            Change(
                id=f"c{number}",
                source_key=key,
                before_version_id=version,
                after_version_id=version,
                last_seen_before=NOW + timedelta(days=day - 1),
                first_seen_after=NOW + timedelta(days=day),
                origin="live",
                state=state,
                created_at=NOW,
                alert=severity != "none",
                severity=severity,
                direction=direction,
                topics=[topic.value for topic in topics],
                flags=flags,
                topic_mask=Topic.mask(topics),
                rules_version="1",
                summary="It changed.",
            )
        )


def _observe(session: Session, key: int, day: float, origin: str, text: str) -> int:
    version, _ = keep_text(session, key, text)
    assert version.id is not None
    at = NOW + timedelta(days=day)
    observe(
        session,
        source_key=key,
        observed_at=at,
        origin=origin,
        archive="wayback" if origin == "archive" else None,
        version_id=version.id,
        extraction_id=None,
    )
    return version.id


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        fill(session)
    return database


def test_each_source_has_a_line_and_the_total_counts_each_change_once(filled: Database) -> None:
    """Superseded changes are left out; days are those from the change before of the same source."""
    with filled.read() as session:
        found = stats(session, By.SOURCE)
    assert [(line.name, line.counts, line.days_between) for line in found.lines] == [
        ("acme", ChangeCount(3, 2, weaker=1, stronger=1, alerts=2, silent=1, weight=3), 24.5),
        ("brightmail", ChangeCount(2, 1, mixed=1, alerts=1, silent=2, weight=2), 370.0),
    ]
    assert [(line.versions, line.observations, line.captures) for line in found.lines] == [(5, 5, 0), (3, 3, 0)]
    assert (found.total.counts.changes, found.total.days_between, found.total.silent_share) == (5, 29.0, 0.6)


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        (By.TOPIC, [("tracking", 1), ("sale", 2), ("retention", 1)]),
        (By.TAG, [("=cmd|calc", 3), ("vendor", 5)]),
        (By.SEVERITY, [("high", 1), ("medium", 1), ("low", 1), ("none", 2)]),
        (By.DIRECTION, [("weaker", 1), ("stronger", 1), ("neutral", 2), ("mixed", 1)]),
        (By.YEAR, [("2025", 4), ("2026", 1)]),
        (By.MONTH, [("2025-01", 2), ("2025-02", 1), ("2025-03", 1), ("2026-01", 1)]),
    ],
)
def test_a_change_counts_in_each_line_it_belongs_to(filled: Database, by: By, lines: list[tuple[str, int]]) -> None:
    """Months are those of the zone: the last evening of January in UTC is February in Berlin."""
    with filled.read() as session:
        found = stats(session, by, zone=BERLIN)
    assert [(line.name, line.counts.changes) for line in found.lines] == lines
    assert found.total.counts.changes == 5


def test_a_part_of_the_history_is_counted_with_its_versions_and_the_change_before_it(filled: Database) -> None:
    """What came before the span is not counted, yet days are counted from it."""
    with filled.read() as session:
        found = stats(
            session, By.SOURCE, since=NOW + timedelta(days=25), until=NOW + timedelta(days=100), source_keys=[1]
        )
        nothing = stats(session, By.MONTH, since=NOW + timedelta(days=9_000))
    (line,) = found.lines
    assert (line.counts.changes, line.days_between, line.versions, line.observations) == (2, 24.5, 3, 3)
    assert (nothing.lines, nothing.total.counts) == ((), ChangeCount())


def test_the_heat_map_and_the_trends_take_one_query_each(filled: Database) -> None:
    """However many sources, months and topics there are."""
    asked: list[str] = []
    event.listen(filled.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    with filled.read() as session:
        map_ = heat(session, [1, 2], NOW, NOW + timedelta(days=89), BERLIN)
        after_heat = len([one for one in asked if one.startswith("SELECT")])
        found = trends(session, NOW, NOW + timedelta(days=400), zone=BERLIN)
    assert (after_heat, len([one for one in asked if one.startswith("SELECT")])) == (1, 2)
    assert [month.name for month in map_.months] == ["2025-01", "2025-02", "2025-03"]
    assert {key: {at: one.changes for at, one in row.items()} for key, row in map_.cells.items()} == {
        1: {0: 1, 1: 1, 2: 1},
        2: {0: 1},
    }
    assert [(topic, {at: one.material for at, one in row.items()}) for topic, row in found.topics.items()] == [
        (Topic.SALE, {0: 2}),
        (Topic.TRACKING, {0: 1}),
        (Topic.RETENTION, {0: 1}),
    ]


def test_a_span_that_ends_before_it_begins_holds_nothing(filled: Database) -> None:
    """Neither picture has a month then."""
    later = NOW + timedelta(days=120)
    with filled.read() as session:
        map_, found = heat(session, [1], later, NOW), trends(session, later, NOW)
    assert (map_.months, map_.cells, found.periods, found.topics) == ((), {1: {}}, (), {})


def test_a_timeline_tells_stretches_gaps_returns_and_troubles_by_five_queries(filled: Database) -> None:
    """A text that is back keeps its number and points to where it stood; failures in a row are one trouble."""
    with filled.write() as session:
        for hour in (0, 12, 24):
            _observe(session, 1, 200 + hour / 24, "live", "Old.")
        for at, failure in ((201, "timeout"), (202, "timeout"), (203, None), (204, "dns")):
            session.add(
                CheckLog(source_key=1, at=NOW + timedelta(days=at), outcome="failed", failure=failure, detail="")
            )
        session.add(
            HeldText(
                source_key=1,
                text_sha256="x",
                reason="shrank",
                first_seen_at=NOW + timedelta(days=150),
                last_seen_at=NOW + timedelta(days=152),
            )
        )
    asked: list[str] = []
    with filled.read() as session:
        row = source_row(session, "acme")
        event.listen(filled.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found = timeline(session, row)
        late = timeline(session, row, since=NOW + timedelta(days=100))
    assert len([one for one in asked if one.startswith("SELECT")]) == 10
    assert not [one for one in asked if "verdict" in one or "layout" in one]
    assert [(one.version, one.seen[0].origin, one.returned, one.back_from) for one in found.stretches] == [
        (1, "archive", False, None),
        (2, "live", False, None),
        (3, "live", False, None),
        (4, "live", False, None),
        (5, "live", False, None),
        (1, "live", True, 0),
    ]
    assert found.stretches[-1].seen[0].times == 3
    assert [gap.days for gap in found.gaps] == [139]
    assert [(one.kind, one.reason, one.times) for one in found.troubles] == [
        ("held", "shrank", 1),
        ("failed", "timeout", 2),
        ("failed", "dns", 1),
    ]
    assert [change.id for change in found.changes] == ["c0", "c1", "c2"]
    assert [(one.version, one.returned, one.back_from) for one in late.stretches] == [(1, True, None)]


@pytest.mark.parametrize(
    ("times", "middle"), [({}, None), ({3: 1}, 3.0), ({1: 1, 4: 1}, 2.5), ({1: 2, 9: 1}, 1.0), ({0: 1, 5: 3}, 5.0)]
)
def test_the_median_of_counted_values(times: dict[int, int], middle: float | None) -> None:
    """The middle one, or halfway between the two in the middle."""
    assert median(times) == middle


def test_the_words_of_the_option_are_those_of_the_program() -> None:
    """`--by` names every way to count."""
    assert tuple(By) == BY


@pytest.fixture
def world(clock: ManualClock) -> Iterator[World]:
    with closing(open_store(load_settings())) as database:
        built = World.build(database, clock, acme(tags=("=HYPERLINK(1)",)))
        built.fetcher.serve(URL, policy())
        built.check(hours=0)
        built.fetcher.serve(URL, policy(p3="We may sell your personal information to our advertising partners."))
        built.check(hours=24 * 100, at_once=True)
        yield built


def told(*args: str) -> str:
    result = CliRunner().invoke(app, list(args))
    assert result.exit_code == 0, result.exception
    return result.output


def test_stats_prints_a_table_json_and_csv_without_formulas(world: World, tmp_path: Path) -> None:
    """The same counts in each form; a tag that looks like a formula is text in the CSV."""
    assert "acme" in told("stats")
    data = json.loads(told("stats", "--by", "topic", "--json"))
    assert [(line["topic"], line["weaker"]) for line in data["lines"]] == [("sale", 1)] or data["total"]["weaker"] == 1
    rows = list(csv.DictReader(io.StringIO(told("stats", "--by", "tag", "--csv", "-"))))
    assert [(row["tag"], row["changes"], row["observations"]) for row in rows] == [("'=HYPERLINK(1)", "1", "2")]
    told("stats", "--by", "tag", "--csv", str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("tag,changes,material,")
    assert "Nothing is known" in told("stats", "--until", "1999-01-01")


def test_alerts_are_said_to_be_what_deserves_one(world: World) -> None:
    """History is counted too, though nobody was alerted of it: help and API say so."""
    assert "(sent or not)" in " ".join(told("stats", "--help").replace("│", " ").split())
    assert "whether or not one was sent" in " ".join((read_stats.__doc__ or "").split())


@pytest.mark.parametrize(
    "args", [["stats", "--by", "mood"], ["stats", "--csv", "-", "--json"], ["stats", "--csv", "/no/such/folder/x"]]
)
def test_stats_refuses_what_it_cannot_do(world: World, args: list[str]) -> None:
    """Exit status 2 and a line that says why."""
    assert isinstance(CliRunner().invoke(app, args).exception, UsageError)


def test_timeline_draws_80_columns_in_signs_and_a_file(world: World, tmp_path: Path) -> None:
    """Readable without colour; the gap is blank and told below."""
    lines = told("timeline", "acme").splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert any(line.startswith("changes ") and line.rstrip().endswith("v") for line in lines)
    assert any(line.split() == ["seen", "#", "#"] for line in lines)
    told("timeline", "acme", "--svg", str(tmp_path / "acme.svg"))
    assert (tmp_path / "acme.svg").read_text(encoding="utf-8").startswith("<svg ")
    data = json.loads(told("timeline", "acme", "--since", "2026-04-01", "--json"))
    assert data == json.loads(told("timeline", "acme", "--from", "2026-04-01", "--to", "2100-01-01", "--json"))
    assert [stretch["version"] for stretch in data["stretches"]] == [2]
    assert datetime.fromisoformat(data["changes"][0]["first_seen_after"]) == world.clock.now().astimezone(UTC)
