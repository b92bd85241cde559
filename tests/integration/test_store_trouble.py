"""A store that cannot be used ends a command with one clear line, never with a traceback."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.world import URL, World, policy
from tracker.cli.app import main
from tracker.clock import ManualClock
from tracker.daemon.engine.planner import check_round
from tracker.store.database import Database
from tracker.store.upkeep.upgrade import create_store


def complaint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Run `tracker changes`; return its exit status and what it says to the user."""
    monkeypatch.setattr("sys.argv", ["tracker", "changes"])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("nonsense", 2, "not the address of a store"),
        ("postgresql+psycopg://me:secret@no..host/x", 2, "not the address of a store"),
        ("mysql://me:secret@db/x", 2, "not the address of a store"),
        ("sqlite:///{folder}", 1, "check that the path is right"),
        ("sqlite:///{folder}/garbage", 1, "name the store, or a file not there yet"),
        ("sqlite:///{folder}/garbage/below", 1, "cannot be made"),
        ("postgresql+psycopg://me:secret@127.0.0.1:9/x", 1, "check that the database server runs"),
        (
            "postgresql+psycopg://me:secret@nowhere.invalid/x",
            1,
            "check the name of the database server's host in TRACKER_DATABASE",
        ),
    ],
)
def test_an_unusable_store_is_told_in_one_line(
    url: str,
    status: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line says what to do, and never repeats a password."""
    (tmp_path / "garbage").write_text("this is no database, and it is long enough to be looked at " * 20)
    monkeypatch.setenv("TRACKER_DATABASE_URL", url.format(folder=tmp_path))
    code, told = complaint(monkeypatch, capsys)
    assert (code, told.count("\n")) == (status, 1)
    assert words in told
    assert "secret" not in told


def test_a_round_on_a_store_that_cannot_be_written_says_so(tmp_path: Path, clock: ManualClock) -> None:
    """Each source fails with the reason in one line, without statement or wrapper."""
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    create_store(database)
    world = World.build(database, clock)
    world.fetcher.serve(URL, policy())

    def read_only(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA query_only=ON")

    event.listen(database.engine, "checkout", read_only)
    (result,) = check_round(world.runtime, world.runtime.sources_file.sources)
    database.close()
    assert result.detail == (
        "the store cannot be used: attempt to write a readonly database; "
        "give this user the right to write the store's file and its folder"
    )
