"""`tracker log`, `show`, `diff` and `changes` on a store that was filled by real checks."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.world import PARAGRAPHS, URL, World, acme, policy
from tracker.cli.app import app
from tracker.cli.app import main as main_program
from tracker.clock import ManualClock
from tracker.errors import UsageError
from tracker.settings import load_settings
from tracker.store.upkeep.upgrade import open_store

SOLD = "We may sell your personal information to our advertising partners."
HOSTILE = "We keep logs \x1b]0;owned\x07 for \x1b[31m90 days\x1b[0m [bold]and[/bold] delete them after that."


@pytest.fixture
def world(clock: ManualClock) -> Iterator[World]:
    """A policy that was seen, sold people's data a day later, and came back to its first text."""
    with closing(open_store(load_settings())) as database:
        built = World.build(database, clock, acme(tags=("vendor",)), acme(id="other", name="Other"))
        built.fetcher.serve(URL, policy())
        built.check(hours=0)
        built.fetcher.serve(URL, policy(p3=SOLD))
        built.check(hours=24)
        built.check(hours=1)
        built.fetcher.serve(URL, policy())
        built.check(hours=24)
        built.check(hours=1)
        yield built


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def told(*args: str) -> str:
    result = run(*args)
    assert result.exit_code == 0, result.exception
    return result.output


def data(*args: str) -> object:
    return json.loads(told(*args, "--json"))


def refused(*args: str) -> str:
    result = run(*args)
    assert isinstance(result.exception, UsageError), result.output
    return str(result.exception)


def test_log_tells_the_history_in_time_order(world: World) -> None:
    """Each stretch of one text is a line; a text that returns keeps its number; changes stand between."""
    log = data("log", "acme")
    assert isinstance(log, list)
    assert [(run["version"], run["first_seen"][:10], run["last_seen"][:10]) for run in log] == [
        (1, "2026-03-01", "2026-03-01"),
        (2, "2026-03-02", "2026-03-02"),
        (1, "2026-03-03", "2026-03-03"),
    ]
    assert [run["change"] and (run["change"]["class"], run["change"]["direction"]) for run in log] == [
        None,
        ("material", "weaker"),
        ("material", "stronger"),
    ]
    text = told("log", "acme")
    assert text.index("version 1") < text.index("weaker") < text.index("version 2") < text.index("returned")


def test_show_gives_the_text_that_stood_then(world: World) -> None:
    """The latest text by default, that of a date, and that of a number; a date in a gap is what stood before."""
    assert SOLD not in told("show", "acme")
    assert SOLD in told("show", "acme", "--at", "2026-03-02")
    assert SOLD in told("show", "acme", "--version", "2")
    assert SOLD not in told("show", "acme", "--at", "2026-03-02T11:59")


def test_show_has_headings_and_whole_paragraphs(world: World) -> None:
    """The text reads as it stood, in its order."""
    text = told("show", "acme")
    assert text.index("\nPrivacy Policy\n") < text.index("This privacy policy explains") < text.index("\n\nWe collect")


def test_show_by_topic_gives_only_its_clauses_with_evidence(world: World) -> None:
    """A clause of the topic stands under its section; nothing of other topics is shown."""
    found = data("show", "acme", "--version", "2", "--topic", "sale")
    assert isinstance(found, dict)
    assert [clause["text"] for clause in found["clauses"]] == [SOLD]
    assert found["clauses"][0]["section"] == ["Privacy Policy"]
    assert "sell your personal information" in found["clauses"][0]["evidence"]
    assert "No clause of this version is about ai_training." in told("show", "acme", "--topic", "ai_training")


def test_diff_shows_the_last_change_unless_told_otherwise(world: World) -> None:
    """Previous against latest by default; numbers, dates and words name others, in both directions."""
    assert "[-may-]{+do not+} sell" in told("diff", "acme")
    forth = data("diff", "acme", "1", "2")
    assert isinstance(forth, dict)
    assert (forth["before"], forth["after"], forth["verdict"]["direction"]) == (1, 2, "weaker")
    assert forth["verdict"]["changes"][0]["after"] == SOLD
    by_date = data("diff", "acme", "2026-03-01", "2026-03-02")
    assert isinstance(by_date, dict)
    assert by_date["change"]["id"] == forth["change"]["id"]
    same = data("diff", "acme", "latest", "1")
    assert isinstance(same, dict)
    assert (same["change"], same["verdict"]["changes"]) == (None, [])


def test_diff_finds_a_change_by_id_and_by_time(world: World) -> None:
    """The command that a message names shows what was told, by the whole id or its beginning."""
    ident = world.changes()[0].id
    text = told("diff", "acme", "--change", ident[:6])
    assert "version 1 -> version 2" in text
    assert "\nmaterial (1)\n" in text
    assert told("diff", "acme", "--at", "2026-03-02") == told("diff", "acme", "--change", ident)
    assert "is one of acme, not of other" in refused("diff", "other", "--change", ident)


def test_diff_by_topic_leaves_other_clauses_out(world: World) -> None:
    """Only clause changes of the topic are shown."""
    assert "[-do not-]{+may+} sell" in told("diff", "acme", "1", "2", "--topic", "sale")
    assert "No clause change is about payment." in told("diff", "acme", "1", "2", "--topic", "payment")


def test_diff_counts_cosmetic_changes_and_shows_them_with_all(world: World) -> None:
    """What only changed its form is told by number, and in full when asked for."""
    world.fetcher.serve(URL, policy(p8=PARAGRAPHS[8].replace("are not", "aren't")))
    world.check()
    assert "cosmetic: 1 (--all shows them)" in told("diff", "acme")
    assert "aren't" not in told("diff", "acme")
    assert "aren" in told("diff", "acme", "--all")


def test_changes_are_filtered(world: World) -> None:
    """Every filter leaves out what does not fit."""

    def ids(*args: str) -> list[str]:
        found = data("changes", *args)
        assert isinstance(found, list)
        return [change["id"] for change in found]

    sold, returned = (change.id for change in world.changes())
    assert ids() == [returned, sold]
    assert ids("--direction", "weaker") == [sold]
    assert ids("--since", "2026-03-03") == [returned]
    assert ids("--until", "2026-03-02") == [sold]
    assert ids("--topic", "sale", "--tag", "vendor", "--source", "acme", "--limit", "1") == [returned]
    assert ids("--topic", "payment") == []
    assert ids("--tag", "absent") == []
    assert ids("--source", "other") == []
    assert ids("--severity", "critical") == [change.id for change in world.changes() if change.severity == "critical"]
    assert ids("--state", "flapping") == []


def test_changes_without_an_alert_are_silent_until_asked_for(world: World) -> None:
    """A cosmetic change is listed by --all only."""
    world.fetcher.serve(URL, policy(p8=PARAGRAPHS[8].replace("are not", "aren't")))
    world.check()
    silent = world.changes()[-1]
    assert not silent.alert
    assert silent.id not in told("changes")
    assert silent.id in told("changes", "--all")


def test_an_archived_source_can_still_be_read(world: World) -> None:
    """A source that left the file keeps its history in every command."""
    from dataclasses import replace

    from tracker.daemon.engine.planner import sync

    world.runtime.sources_file = replace(world.runtime.sources_file, sources=())
    sync(world.runtime)
    assert "version 2" in told("log", "acme")
    assert SOLD in told("show", "acme", "--version", "2")
    assert "[-do not-]{+may+} sell" in told("diff", "acme", "1", "2")


def test_a_former_id_leads_to_its_source(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old messages and scripts name a source as it was called then."""
    file = tmp_path / "sources.toml"
    file.write_text(
        '[[source]]\nid = "acme"\nname = "Acme"\ntype = "Privacy Policy"\n'
        'url = "https://acme.example/privacy"\nformerly = ["acme-corp"]\n'
    )
    monkeypatch.setenv("TRACKER_SOURCES", str(file))
    for command in (("log",), ("show",), ("diff",), ("changes", "--source")):
        assert told(*command, "acme-corp") == told(*command, "acme")
    assert "no source 'acme-crop'" in refused("log", "acme-crop")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("log", "acne"), "did you mean acme?"),
        (("show", "acne"), "did you mean acme?"),
        (("diff", "acne"), "did you mean acme?"),
        (("changes", "--source", "acne"), "did you mean acme?"),
        (("show", "acme", "--version", "9"), "versions 1 to 2"),
        (("show", "acme", "--at", "2020-01-01"), "first text was seen on 2026-03-01"),
        (("show", "acme", "--at", "yesterday"), "write it like 2024-03-31"),
        (("show", "acme", "--at", "0001-01-01"), "nothing is known"),
        (("show", "acme", "--at", "2026-03-02", "--version", "1"), "not both"),
        (("show", "other"), "has no text yet"),
        (("diff", "acme", "--at", "2026-03-01"), "no change of acme is known"),
        (("diff", "acme", "--change", "ffff"), "no change"),
        (("diff", "acme", "1", "--change", "ffff"), "not several"),
    ],
)
def test_what_cannot_be_answered_is_said_with_what_to_write(world: World, args: tuple[str, ...], message: str) -> None:
    """Bad usage has a message of its own, which says what is there."""
    assert message in refused(*args)


def test_bad_usage_ends_with_status_two(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program prints one line on standard error and exits with 2."""
    monkeypatch.setattr("sys.argv", ["tracker", "log", "acne"])
    with pytest.raises(SystemExit) as ended:
        main_program()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "tracker: no source 'acne'; did you mean acme?\n"


def test_a_policy_cannot_steer_the_terminal(world: World) -> None:
    """Escape sequences of a text come out as replacement characters, and markup as it stands, in every command."""
    from tests.integration.filling import keep_text
    from tracker.store.history.history import observe

    with world.runtime.database.write() as session:
        version, _ = keep_text(session, 1, HOSTILE)
        assert version.id is not None
        moment = world.clock.now() + timedelta(hours=1)
        observe(
            session,
            source_key=1,
            observed_at=moment,
            origin="live",
            archive=None,
            version_id=version.id,
            extraction_id=None,
        )
    world.runtime.database.close()
    for args in (
        ("log", "acme"),
        ("show", "acme"),
        ("show", "acme", "--topic", "retention"),
        ("diff", "acme", "--all"),
        ("changes", "--all"),
    ):
        text = told(*args)
        assert "\x1b" not in text, args
        assert "\x07" not in text, args
    assert "[bold]and[/bold]" in told("show", "acme")
