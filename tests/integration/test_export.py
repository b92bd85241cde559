"""Changes, clauses and facts leave a real store as rows of a file."""

import csv
import io
import json
from contextlib import closing
from pathlib import Path

import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from tests.world import PARAGRAPHS, URL, World, policy
from tracker.cli.app import app
from tracker.clock import ManualClock
from tracker.export.rows import (
    CHANGES,
    CLAUSES,
    change_row,
    clause_row,
    fact_rows,
    write_csv,
    write_jsonl,
    write_parquet,
)
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.history.history import ChangeFilter, change_stream
from tracker.store.history.sources import all_sources
from tracker.store.texts.clause_stream import clause_stream
from tracker.store.upkeep.upgrade import open_store

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
    assert tuple(promise) == tuple(CLAUSES.columns)
    assert promise["gone_at"] == formula["appeared_at"]
    assert formula["gone_at"] is None
    assert formula["unseen_at"] == promise["appeared_at"]
    assert "sale" in promise["topics"]  # type: ignore[operator]


def test_no_cell_begins_a_formula(world: World) -> None:
    """What a policy says is not run by a spreadsheet."""
    out = io.StringIO(newline="")
    with world.runtime.database.read() as session:
        write_csv(CLAUSES, (clause_row(*found) for found in clause_stream(session)), out)
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
        assert write_csv(CLAUSES, (clause_row(*found) for found in clause_stream(session)), out) == 0
    assert out.getvalue() == ",".join(CLAUSES.columns) + "\r\n"


def test_changes_are_typed_columns_in_parquet(world: World, tmp_path: Path) -> None:
    """Times are times, topics are lists, in the order of the table."""
    path = tmp_path / "changes.parquet"
    with world.runtime.database.read() as session:
        assert (
            write_parquet(CHANGES, (change_row(entry) for entry in change_stream(session, ChangeFilter())), path) == 1
        )
    table = pyarrow.parquet.read_table(path)
    assert table.column_names == list(CHANGES.columns)
    (row,) = table.to_pylist()
    assert (row["source"], row["alert"]) == ("acme", True)
    assert "sale" in row["topics"]
    assert row["first_seen_after"].tzinfo is not None


def test_facts_come_with_the_clause_that_states_them(world: World) -> None:
    """Of the text in force."""
    with world.runtime.database.read() as session:
        rows = list(fact_rows(session, all_sources(session)))
    assert {"30 days"} == {row["what"] for row in rows if row["group"] == "retention"}
    assert all(row["text"] and row["clause"] for row in rows)


@pytest.mark.parametrize("what", ["changes", "clauses", "facts"])
@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
def test_the_command_writes_whole_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock, what: str, file_format: str
) -> None:
    """Of every table in every format; nothing is left beside them."""
    monkeypatch.chdir(tmp_path)
    with closing(open_store(Settings())) as database:
        built = World.build(database, clock)
        for text in (policy(), policy(p3=FORMULA)):
            built.fetcher.serve(URL, text)
            built.check()
    out = tmp_path / "out" / "rows"
    out.parent.mkdir()
    result = CliRunner().invoke(app, ["export", what, "--format", file_format, "--out", str(out), "--source", "acme"])
    assert result.exit_code == 0, result.exception
    assert out.stat().st_size > 0
    assert list(out.parent.iterdir()) == [out]
    nowhere = CliRunner().invoke(
        app, ["export", what, "--format", file_format, "--out", str(tmp_path / "none" / "rows")]
    )
    assert "cannot write" in str(nowhere.exception)
