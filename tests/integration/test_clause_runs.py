"""Runs of clauses follow the observations of a real store, as checks, late captures and new rules come in."""

import hashlib
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from tests.world import PARAGRAPHS, URL, World, policy
from tracker.clock import ManualClock
from tracker.history import clause_runs
from tracker.history.clause_runs import refresh_runs, refresh_stale_runs
from tracker.store.database import Database
from tracker.store.history.clause_runs import plan_runs
from tracker.store.history.history import observe
from tracker.store.schema.tables import ClauseRun, Observation, SourceRow
from tracker.store.texts.clause_texts import with_texts
from tracker.words import Topic

SOLD = "We may sell your personal information to our advertising partners."


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A followed policy whose promise not to sell was taken back and came again."""
    built = World.build(database, clock)
    for text in (policy(), policy(p3=SOLD), policy(p3=SOLD), policy()):
        built.fetcher.serve(URL, text)
        built.check()
    return built


def runs(world: World, text: str) -> list[ClauseRun]:
    """Return the runs of a clause, in time order."""
    with world.runtime.database.read() as session:
        runs = session.exec(select(ClauseRun).order_by(col(ClauseRun.appeared_at))).all()
        return [run for run, words in with_texts(session, runs) if words == text]


def moments(world: World) -> list[datetime]:
    """Return the times of the observations."""
    with world.runtime.database.read() as session:
        return list(session.exec(select(Observation.observed_at).order_by(col(Observation.observed_at))))


def told(found: list[ClauseRun]) -> list[tuple[object, object, object]]:
    return [(run.appeared_at, run.unseen_at, run.gone_at) for run in found]


def test_checks_keep_the_runs(world: World) -> None:
    """A clause stands from the observation that showed it first to the first that did not."""
    at = moments(world)
    assert told(runs(world, PARAGRAPHS[0])) == [(at[0], None, None)]
    assert told(runs(world, SOLD)) == [(at[1], at[0], at[3])]
    assert told(runs(world, PARAGRAPHS[3])) == [(at[0], None, at[1]), (at[3], at[2], None)]


def test_a_run_knows_its_topics(world: World) -> None:
    """They are read in the clause's place in the document."""
    assert Topic.SALE in Topic.in_mask(runs(world, SOLD)[0].topics)
    assert Topic.RETENTION in Topic.in_mask(runs(world, PARAGRAPHS[5])[0].topics)


def test_what_lands_in_the_past_makes_the_runs_anew(world: World) -> None:
    """An archived capture of the old text, found later, moves the day on which the new words appeared."""
    at = moments(world)
    database = world.runtime.database
    with database.write() as session:
        first = session.exec(select(Observation).order_by(col(Observation.observed_at))).first()
        assert first is not None
        late = first.observed_at + timedelta(hours=1)
        observe(
            session,
            source_key=first.source_key,
            observed_at=late,
            origin="archive",
            archive="memory",
            version_id=first.version_id,
            extraction_id=None,
        )
    assert refresh_stale_runs(database) == 1
    assert told(runs(world, SOLD)) == [(at[1], late, at[3])]
    assert refresh_stale_runs(database) == 0


def test_new_rules_read_the_topics_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics are those of the rules in force; the runs themselves stay as they are."""
    before = told(runs(world, SOLD))
    monkeypatch.setattr(clause_runs, "rules_version", lambda: "others")
    assert refresh_stale_runs(world.runtime.database) == 1
    assert told(runs(world, SOLD)) == before
    with world.runtime.database.read() as session:
        assert session.exec(select(SourceRow.runs_rules)).one() == "others"


def test_a_plan_that_was_overtaken_is_made_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process records between reading and writing is not lost."""
    world.fetcher.serve(URL, policy(p3=SOLD))
    intruders = iter([True])

    def overtaken(session, source_key, *told):  # type: ignore[no-untyped-def]
        plan = plan_runs(session, source_key, *told)
        if next(intruders, False):
            world.check()
        return plan

    with world.runtime.database.write() as session:
        row = session.exec(select(SourceRow)).one()
        row.runs_until = None
        key = row.key
    assert key is not None
    monkeypatch.setattr(clause_runs, "plan_runs", overtaken)
    assert not refresh_runs(world.runtime.database, key)  # the check in between left nothing to do
    assert [run.gone_at is None for run in runs(world, SOLD)] == [False, True]


def test_topics_are_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit in is read again; what is written makes room."""
    monkeypatch.setattr(clause_runs, "MOST_REMEMBERED", 3)
    known = clause_runs.KnownTopics()
    known.add(1, {"a": 1, "b": 2})
    known.add(1, {"b": 4})
    known.add(2, {"c": 1, "d": 1})
    assert (known.of(1), known.of(2)) == ({"a": 1, "b": 4}, {})
    known.forget([1])
    known.add(2, {"c": 1, "d": 1})
    assert (known.of(1), known.of(2)) == ({}, {"c": 1, "d": 1})


def test_clauses_whose_topics_are_unknown_are_read(world: World) -> None:
    """Those that are known are taken as they are."""
    at = moments(world)
    with world.runtime.database.write() as session:
        row = session.exec(select(SourceRow)).one()
        key, row.runs_rules = row.key, "other rules"
        session.add(row)
        shown = session.exec(select(Observation.version_id).where(Observation.observed_at == at[1])).one()
        sold = hashlib.sha256(SOLD.encode()).hexdigest()
    known = clause_runs.KnownTopics()
    known.add(shown, {sold: 1 << 3})
    assert key is not None
    assert refresh_runs(world.runtime.database, key, known)
    assert runs(world, SOLD)[0].topics == 1 << 3
    assert Topic.RETENTION in Topic.in_mask(runs(world, PARAGRAPHS[5])[0].topics)
