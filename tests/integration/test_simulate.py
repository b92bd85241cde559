"""`tracker alerts simulate`: what a route would have sent, week by week, by the rules that sending goes by."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.integration.filling import fill
from tests.world import acme
from tracker.alerts.simulate import Simulation, simulate
from tracker.cli.app import app
from tracker.errors import UsageError
from tracker.settings import Settings
from tracker.sources.model import QuietHours, RateLimit, Route
from tracker.store.database import Database
from tracker.store.history.simulation import PastChange, past_changes
from tracker.store.upkeep.upgrade import open_store
from tracker.words import Severity

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def past(number: int, at: datetime, **values: object) -> PastChange:
    told: dict[str, object] = {
        "id": f"c{number}",
        "source_key": 1,
        "source_id": "acme",
        "source_name": "Acme",
        "told_at": at,
        "severity": "high",
        "direction": "weaker",
        "topics": ("sale",),
        "summary": "It sells.",
        "before_sha256": f"a{number}",
        "after_sha256": f"b{number}",
    }
    return PastChange(**(told | values))  # type: ignore[arg-type]


def played(route: Route, *found: PastChange, days: int = 14) -> Simulation:
    settings = Settings(time_zone="UTC")
    return simulate(route, [acme()], found, settings, since=MONDAY, until=MONDAY + timedelta(days=days))


def test_each_change_at_once_counts_in_its_week() -> None:
    """Two in the first week, one in the second; a week of silence is a line too."""
    found = [past(number, MONDAY + timedelta(days=day)) for number, day in enumerate((0, 1, 8))]
    result = played(Route("r", ()), *found, days=21)
    assert [(week.start.isoformat(), week.changes, week.messages) for week in result.weeks] == [
        ("2026-03-02", 2, 2),
        ("2026-03-09", 1, 1),
        ("2026-03-16", 0, 0),
    ]


def test_filters_hold_and_sources_that_left_the_file_are_silent() -> None:
    """As in sending."""
    found = [past(1, MONDAY, severity="low"), past(2, MONDAY, source_id="gone"), past(3, MONDAY)]
    heard = played(Route("r", (), severity=Severity.MEDIUM), *found).messages
    assert [message.changes[0].id for message in heard] == ["c3"]


def test_a_daily_digest_says_every_day_how_it_is() -> None:
    """Two changes of one day are one message; the days without any are all quiet."""
    found = [past(1, MONDAY + timedelta(hours=8)), past(2, MONDAY + timedelta(hours=9))]
    result = played(Route("r", (), digest="daily", digest_at=time(7)), *found, days=7)
    assert [(message.kind, len(message.changes)) for message in result.messages] == [
        ("digest", 0),
        ("digest", 2),
        *[("digest", 0)] * 5,
    ]
    silent = played(Route("r", (), digest="daily", digest_at=time(7), all_quiet=False), *found, days=7)
    assert [message.at for message in silent.messages] == [MONDAY + timedelta(days=1, hours=7)]


def test_quiet_hours_limits_and_shared_texts_count() -> None:
    """What came at night is one message in the morning; of a burst the last message sums up; a shared text is one."""
    night = [past(number, MONDAY + timedelta(hours=23, minutes=number)) for number in range(3)]
    quiet = Route("r", (), quiet=QuietHours(((time(22), time(7)),)))
    assert [(message.at, message.kind, len(message.changes)) for message in played(quiet, *night).messages] == [
        (MONDAY + timedelta(days=1, hours=7), "quiet", 3)
    ]
    burst = [past(number, MONDAY) for number in range(5)]
    limited = played(Route("r", (), limit=RateLimit(2, timedelta(hours=1))), *burst)
    assert [(message.kind, len(message.changes)) for message in limited.messages] == [("alert", 1), ("limit", 4)]
    alike = [past(n, MONDAY + timedelta(hours=n), source_key=n, before_sha256="a", after_sha256="b") for n in range(4)]
    assert [(message.kind, len(message.changes)) for message in played(Route("r", ()), *alike).messages] == [
        ("alert", 1),
        ("shared", 3),
    ]


def test_what_would_still_wait_is_told() -> None:
    """At the end of the span some changes may be in no message yet."""
    route = Route("r", (), quiet=QuietHours(((time(22), time(7)),)))
    assert played(route, past(1, MONDAY + timedelta(hours=23)), days=1).waiting == 1


def test_the_past_is_what_deserved_an_alert_and_stands(database: Database) -> None:
    """Confirmed changes, in order, with the hashes of their texts."""
    fill(database, 4)
    with database.read() as session:
        found = past_changes(session, datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
        late = past_changes(session, datetime(2025, 1, 4, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    assert [(one.id, one.source_id, one.topics) for one in found] == [
        (f"abcd0{number}", "acme", ("sale",)) for number in (1, 2, 3)
    ]
    assert len(late) == 2
    assert len({one.after_sha256 for one in found}) == 3


def test_the_command_counts_by_week_and_shows_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table for people, an object for programs; a route that is switched off can be tried too."""
    sources = tmp_path / "sources.toml"
    sources.write_text(
        '[[source]]\nid = "acme"\nname = "Acme"\ntype = "Privacy Policy"\nurl = "https://acme.example/p"\n'
        '[[route]]\nname = "team"\nurl = "json://${HOOK}"\nenabled = false\nseverity = "high"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("TRACKER_SOURCES", str(sources))
    store = open_store(Settings())
    fill(store, 4)
    store.close()
    run = CliRunner()
    done = run.invoke(app, ["alerts", "simulate", "team", "--since", "2025-01-01", "--until", "2025-01-20"])
    assert done.exit_code == 0, done.output
    assert "2 changes in 2 messages to each destination, 3 weeks of 4 without a change." in done.output
    told = json.loads(
        run.invoke(
            app, ["alerts", "simulate", "team", "--since", "2025-01-01", "--until", "2025-01-20", "--show", "--json"]
        ).output
    )
    assert [week["messages"] for week in told["weeks"]] == [2, 0, 0, 0]
    assert told["sent"][0]["changes"][0]["id"] == "abcd02"
    assert "abcd02" in run.invoke(app, ["alerts", "simulate", "team", "--since", "2025-01-01", "--show"]).output


def test_time_of_which_nothing_is_known_is_not_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first text nothing was checked, so no digest said all quiet; of the future nothing is known."""
    sources = tmp_path / "sources.toml"
    sources.write_text(
        '[[source]]\nid = "acme"\nname = "Acme"\ntype = "Privacy Policy"\nurl = "https://acme.example/p"\n'
        '[[route]]\nname = "team"\nurl = "json://hook.example"\ndigest = "daily"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("TRACKER_SOURCES", str(sources))
    monkeypatch.setenv("TRACKER_TIME_ZONE", "America/Los_Angeles")
    store = open_store(Settings())
    fill(store, 4)
    store.close()
    run, command = CliRunner(), ["alerts", "simulate", "team", "--json", "--since"]
    done = run.invoke(app, [*command, "0001-01-01T00:00:00+00:00", "--until", "2025-01-20"])
    assert done.exit_code == 0, done.output
    weeks = json.loads(done.output)["weeks"]
    assert (weeks[0]["start"], len(weeks)) == ("2024-12-30", 4)
    assert sum(week["all_quiet"] for week in weeks) < 25
    for until in ("2999-01-01", "9999-12-31", "9999-12-31T23:59:59+00:00"):
        assert isinstance(run.invoke(app, [*command, "2025-01-01", "--until", until]).exception, UsageError)
