"""`tracker recompute`: what differs, alerts first; what was left; nothing twice."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from tests.support.clause_damage import lose_clause
from tests.world import PARAGRAPHS, URL, World, acme, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.compare import compare
from tracker.daemon.judging import InlineJudge
from tracker.errors import UnknownSourceError
from tracker.settings import load_settings
from tracker.store.schema.tables import Change
from tracker.store.upkeep.upgrade import open_store

SOLD = "We may sell your personal information to our advertising partners."
LOGS = "We keep server logs for 13 months and delete them after that."


def older(world: World, number: int, *, alert: bool, cls: str, severity: str = "none") -> None:
    """Make a stored verdict one that older rules gave."""
    with world.runtime.database.write() as session:
        change = session.exec(select(Change).order_by(Change.first_seen_after)).all()[number]  # type: ignore[arg-type]
        (clause,) = change.verdict["changes"]
        clause = clause | {"class": cls, "severity": severity}
        change.alert = alert
        change.severity = severity
        change.rules_version = "older"
        told = {"alert": alert, "severity": severity, "rules_version": "older", "changes": [clause]}
        change.verdict = change.verdict | told


@pytest.fixture
def world(clock: ManualClock) -> Iterator[World]:
    """Three changes that older rules judged: one missed, one that is none, one whose severity was another."""
    with closing(open_store(load_settings())) as database:
        built = World.build(database, clock, acme(), acme(id="other", name="Other"))
        for text in (
            policy(),
            policy(p3=SOLD),
            policy(p3=SOLD, p8=PARAGRAPHS[8].replace("do not", "don't")),
            policy(p3=SOLD, p8=PARAGRAPHS[8].replace("do not", "don't"), p5=LOGS),
        ):
            built.fetcher.serve(URL, text)
            built.check()
            built.check()
        older(built, 0, alert=False, cls="minor")
        older(built, 1, alert=True, cls="material", severity="high")
        older(built, 2, alert=True, cls="material", severity="critical")
        yield built


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["recompute", *args])


def data(*args: str) -> Any:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def test_alerts_that_come_or_go_are_listed_first(world: World) -> None:
    """Each verdict that differs, before and after, and the clauses it is about; then nothing is left to do."""
    text = run().stdout
    sold, form, logs = (change.id for change in world.changes())
    come, gone, other = (
        text.index(line)
        for line in ("deserves an alert now (1)", "deserves no alert any more (1)", "judged otherwise (1)")
    )
    assert come < text.index(sold) < gone < text.index(form) < other < text.index(logs)
    assert "material, critical, weaker -> material, " in text
    assert "not listed" not in text
    assert ": We keep server logs for 13 months" in text
    assert "3 judged under rules " in text
    assert "Nobody was alerted." in text
    assert world.deliveries() == []
    assert "already" in run().stdout


def test_of_topics_only_what_comes_or_goes_is_told(world: World) -> None:
    """What is the same before and after is said once."""
    with world.runtime.database.write() as session:
        change = session.exec(select(Change).where(Change.severity == "critical")).one()
        change.verdict = change.verdict | {"topics": ["payment", "retention"]}
    assert "[-payment]" in run().stdout


def test_a_dry_run_lists_the_same_and_stores_nothing(world: World) -> None:
    """Both forms of JSON are the same; --source keeps other sources out."""
    before = world.changes()
    dry = data("--dry-run")
    assert world.changes() == before
    assert "Nothing was stored" in run("--dry-run").stdout
    assert json.loads(run("--dry-run", "--format", "json").stdout) == dry
    assert data("--source", "other")["judged"] == 0
    done = data("--source", "acme", "--source", "acme")
    assert done == dry | {"dry_run": False}
    assert done["differences"] == {"alert": 1, "no_alert": 1, "verdict": 1}
    first = done["changes"][0]
    assert (first["difference"], first["before"]["alert"], first["after"]["alert"]) == ("alert", False, True)
    (clause,) = first["clauses"]
    assert (clause["before"]["class"], clause["after"]["class"]) == ("minor", "material")
    assert isinstance(run("--source", "acne").exception, UnknownSourceError)


def test_what_waits_for_something_is_counted(world: World) -> None:
    """The user is told to run it again later."""
    with world.runtime.database.write() as session:
        session.exec(select(Change).where(Change.severity == "critical")).one().state = "awaiting"
    text = run().stdout
    assert "Left as they are for now (awaiting confirmation: 1); run it again later." in text


def test_a_damaged_text_is_named(world: World) -> None:
    """The rest is done, and the exit status is 1."""
    with world.runtime.database.write() as session:
        lose_clause(session, LOGS)
    result = run()
    assert (result.exit_code, "2 judged" in result.stdout) == (1, True)
    assert f"tracker: acme: change {world.changes()[2].id}: " in result.stderr
    assert "clauses are missing" in result.stderr


def test_a_text_that_cannot_be_judged_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and judged again in the next run."""

    def judge(_: InlineJudge, before: Any, after: Any, **how: Any) -> Any:
        if any(clause.text == LOGS for clause in after.clauses):
            raise RuntimeError("a fault of ours")
        return compare(before, after, **how)

    monkeypatch.setattr(InlineJudge, "judge", judge)
    result = run()
    assert (result.exit_code, "2 judged" in result.stdout) == (1, True)
    assert "judging it broke (RuntimeError)" in result.stderr
    monkeypatch.undo()


def test_who_stops_it_is_told_what_was_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored will not be listed again, so it is listed now; the next run does the rest."""
    count = iter(range(9))

    def judge(_: InlineJudge, *sides: Any, **how: Any) -> Any:
        if next(count):
            raise KeyboardInterrupt
        return compare(*sides, **how)

    monkeypatch.setattr(InlineJudge, "judge", judge)
    result = run()
    assert result.exit_code == 1
    assert "deserves an alert now (1)" in result.stdout
    assert "stopped before the end" in result.stderr
    monkeypatch.setattr(InlineJudge, "judge", lambda _, *sides, **how: compare(*sides, **how))
    assert data()["judged"] == 2
