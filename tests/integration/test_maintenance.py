"""Housekeeping beside the daemon's other work."""

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.world import World
from tracker.clock import ManualClock
from tracker.daemon.engine.maintenance import maintain
from tracker.store.database import Database
from tracker.store.upkeep.upgrade import create_store


def test_housekeeping_writes_only_where_it_says_so(tmp_path: Path, clock: ManualClock) -> None:
    """SQLite refuses at once, without waiting, to let a transaction write that began as one that only reads.

    If a check wrote in between, the daemon would take its own housekeeping for a store that refuses.
    """
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as database:
        create_store(database)
        world = World.build(database, clock)
        world.check()
        stray: list[str] = []

        @event.listens_for(database.engine, "before_cursor_execute")
        def _note(connection: Any, _cursor: Any, statement: str, *_rest: object) -> None:
            writes = connection.get_execution_options().get("tracker_writes", False)
            if not writes and statement.split()[0].lower() not in {"select", "with", "begin"}:
                stray.append(statement)

        maintain(database, world.runtime.settings, clock)
        assert stray == []
