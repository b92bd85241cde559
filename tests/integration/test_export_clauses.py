"""Clauses leave a real store as rows of a file."""

import csv
import io
import json

import pytest

from tests.world import PARAGRAPHS, URL, World, policy
from tracker.clock import ManualClock
from tracker.export.clauses import COLUMNS, clause_row, write_csv, write_jsonl
from tracker.store.clause_stream import clause_stream
from tracker.store.database import Database

FORMULA = "=SUM(A1) is what we say before we sell your personal information to our advertising partners."


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """A policy whose promise not to sell gave way to a sentence that begins like a formula."""
    built = World.build(database, clock)
    for text in (policy(), policy(p3=FORMULA)):
        built.fetcher.serve(URL, text)
        built.check()
    return built


def jsonl(world: World) -> list[dict[str, object]]:
    out = io.StringIO()
    with world.runtime.database.read() as session:
        write_jsonl((clause_row(*found) for found in clause_stream(session)), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_row_says_when_a_clause_came_and_went(world: World) -> None:
    """The promise is gone when its successor appears; the successor stands; columns keep their order."""
    rows = {row["text"]: row for row in jsonl(world)}
    promise, formula = rows[PARAGRAPHS[3]], rows[FORMULA]
    assert tuple(promise) == COLUMNS
    assert promise["gone_at"] == formula["appeared_at"]
    assert formula["gone_at"] is None
    assert formula["unseen_at"] == promise["appeared_at"]
    assert "sale" in promise["topics"]  # type: ignore[operator]


def test_no_cell_begins_a_formula(world: World) -> None:
    """What a policy says is not run by a spreadsheet."""
    out = io.StringIO(newline="")
    with world.runtime.database.read() as session:
        write_csv((clause_row(*found) for found in clause_stream(session)), out)
    texts = [row["text"] for row in csv.DictReader(io.StringIO(out.getvalue(), newline=""))]
    assert f"'{FORMULA}" in texts
    assert FORMULA not in texts


def test_time_bounds_and_sources_narrow_it(world: World) -> None:
    """A clause that had gone by `since`, or came at or after `until`, is left out; so are other sources."""
    came = next(run for run in jsonl(world) if run["text"] == FORMULA)["appeared_at"]
    with world.runtime.database.read() as session:
        (moment,) = [run.appeared_at for _, run, text in clause_stream(session) if text == FORMULA]
        assert moment.isoformat() == came
        assert PARAGRAPHS[3] not in [text for _, _, text in clause_stream(session, since=moment)]
        assert FORMULA not in [text for _, _, text in clause_stream(session, until=moment)]
        assert list(clause_stream(session, source_keys=[])) == []


def test_an_empty_store_gives_a_head_alone(database: Database) -> None:
    """Nothing stored is no error."""
    out = io.StringIO()
    with database.read() as session:
        assert write_csv((clause_row(*found) for found in clause_stream(session)), out) == 0
    assert out.getvalue() == ",".join(COLUMNS) + "\r\n"
