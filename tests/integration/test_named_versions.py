"""Which version `latest` and `previous` name, however long and whatever the history behind them."""

from datetime import UTC

import pytest
from sqlmodel import col, update

from tests.integration.filling import fill, record
from tracker.errors import UsageError
from tracker.history.steps import runs, version_named
from tracker.store.database import Database
from tracker.store.history.sources import find_source
from tracker.store.schema.tables import Change


def named(database: Database, name: str) -> int:
    with database.read() as session:
        row = find_source(session, "acme")
        assert row is not None
        return version_named(session, row, name, UTC).number  # type: ignore[arg-type]  # UTC serves as a zone


def test_a_text_that_came_back_is_the_latest_and_the_one_before_it_the_previous(database: Database) -> None:
    """Numbers follow the first sight, `latest` and `previous` the last ones, as the runs of the history do."""
    fill(database, 1)
    with pytest.raises(UsageError, match="only one version"):
        named(database, "previous")
    fill_more = ((2, "Text 2."), (3, "Text 2."), (4, "Text 1."), (5, "Text 1."))
    with database.write() as session:
        for day, text in fill_more:
            record(session, 1, day, "Shared.", text)
    assert (named(database, "latest"), named(database, "previous")) == (1, 2)
    with database.read() as session:
        assert [run.entry.number for run in runs(session, 1)] == [1, 2, 1]


def test_naming_a_version_reads_no_verdict(database: Database) -> None:
    """There may be ten thousand changes behind it, and one of them damaged."""
    fill(database, 4)
    with database.write() as session:
        session.execute(update(Change).where(col(Change.source_key) == 1).values(packed_verdict=b"damaged"))
    assert (named(database, "latest"), named(database, "previous")) == (4, 3)
