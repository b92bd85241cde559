"""`verify` names exactly what was tampered with, and nothing else."""

import pytest
from sqlalchemy import text

from tests.integration.filling import fill
from tests.support.clause_damage import alter_clause
from tracker.store.database import Database
from tracker.store.schema.tables import Blob, Snapshot
from tracker.store.texts.blobs import get_blob, remove_payload
from tracker.store.texts.snapshots import read_payload
from tracker.store.upkeep.verify import verify_store


def found(database: Database) -> list[tuple[str, int | None]]:
    return [(damage.what, damage.sequence) for damage in verify_store(database).damages]


def test_an_untouched_store_is_whole(database: Database) -> None:
    """Nothing is reported where nothing was touched, and everything was looked at."""
    fill(database, 5)
    report = verify_store(database)
    assert report.ok
    assert report.checked == {
        "payloads": 5,
        "snapshots": 5,
        "clauses": 6,
        "versions": 5,
        "verdicts": 4,
        "extractions": 5,
        "reviews": 0,
        "trail": 0,
        "kept counts": 10 if database.is_sqlite else 0,
    }


def test_removed_payloads_still_hold(database: Database) -> None:
    """A retention rule, and what was based on a removed payload being based on another, break no hash."""
    fill(database, 4)
    with database.write() as session:
        rows = [session.get_one(Snapshot, ident) for ident in (1, 2)]
        remove_payload(session, rows[0].payload_sha256)
        assert read_payload(session, rows[1]) == get_blob(session, rows[1].payload_sha256)
    report = verify_store(database)
    assert (report.ok, report.removed) == (True, 1)


@pytest.mark.parametrize(
    ("statement", "damages"),
    [
        ('update snapshot set headers = \'[["Content-Type", "text/htmk"]]\' where sequence = 2', [("snapshot", 2)]),
        ("update snapshot set chain_hash = 'ff' where sequence = 2", [("snapshot", 2)]),
        ("update snapshot set status = 201 where sequence = 4", [("snapshot", 4)]),
        ("update source set chain_head = 'ff'", [("chain", None)]),
        ("update version set text_sha256 = 'ff' where id = 3", [("version", None)]),
        ("delete from snapshot where sequence = 2", [("chain", 2), ("extraction", None)]),
        ("delete from snapshot where sequence = 4", [("chain", 4), ("extraction", None)]),
    ],
)
def test_tampering_is_named(database: Database, statement: str, damages: list[tuple[str, int | None]]) -> None:
    """One altered row gives one report, at its place in the chain."""
    fill(database, 4)
    with database.write() as session:
        session.connection().exec_driver_sql(statement)
    assert found(database) == damages


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL takes no value of another kind
@pytest.mark.parametrize(
    "statement",
    [
        "update snapshot set captured_at = 'never' where sequence = 2",
        "update snapshot set headers = '[[' where sequence = 2",
        "update snapshot set url = x'fffe' where sequence = 2",
        "update blob set data = 'text'",
        "update source set chain_length = 'many'",
        "update extraction set snapshot_ids = 'null' where id = 2",
        "update change set confirmed_at = 'soon'",
        "update version set layout = 7 where id = 2",
        "update clause set sha256 = 7 where id = 2",
        "update change set summary = cast(x'fffe' as text)",
    ],
)
def test_what_cannot_even_be_read_is_named_and_the_rest_checked(database: Database, statement: str) -> None:
    """A value of another kind than its column has, as a foreign program may write, does not end `verify`."""
    fill(database, 4)
    with database.write() as session:
        session.connection().exec_driver_sql(statement)
    report = verify_store(database)
    assert "database" in {damage.what for damage in report.damages}
    assert len(report.checked) == 9


def test_a_damaged_end_of_a_chain_is_not_counted_as_a_snapshot(database: Database) -> None:
    """As many are said to be checked as there are."""
    fill(database, 3)
    with database.write() as session:
        session.connection().exec_driver_sql("update source set chain_head = 'ff'")
    report = verify_store(database)
    assert ([one.what for one in report.damages], report.checked["snapshots"]) == (["chain"], 3)


def test_altered_words_are_named(database: Database) -> None:
    """The clause does not fit its hash, nor does the version that shows it."""
    fill(database, 4)
    with database.write() as session:
        alter_clause(session, "Text 2.", "Altered.")
    assert found(database) == [("clause", None), ("version", None)]


def test_two_swapped_snapshots_are_both_named(database: Database) -> None:
    """The order of arrival is part of what is hashed."""
    fill(database, 4)
    with database.write() as session:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            session.connection().execute(
                text("update snapshot set sequence = :new where sequence = :old"), {"old": old, "new": new}
            )
    assert found(database) == [("snapshot", 2), ("snapshot", 3)]


def test_a_flipped_byte_names_the_capture_and_what_is_based_on_it(database: Database) -> None:
    """The report says which source, snapshot, address and date cannot be trusted any more."""
    fill(database, 3)
    with database.write() as session:
        last = session.get_one(Blob, session.get_one(Snapshot, 3).payload_sha256)
        last.data = last.data[:-1] + bytes([last.data[-1] ^ 1])
    (damage,) = verify_store(database).damages
    assert (damage.what, damage.source, damage.sequence) == ("payload", "acme", 3)
    assert "acme snapshot 3 https://acme.example/p 2025-01-04 00:00:00" in str(damage)
    with database.write() as session:
        first = session.get_one(Blob, session.get_one(Snapshot, 1).payload_sha256)
        first.data = first.data[:40] + bytes([first.data[40] ^ 1]) + first.data[41:]
    assert sorted(found(database)) == [("payload", 1), ("payload", 2), ("payload", 3)]


def test_a_missing_blob_and_a_circle_are_found(database: Database) -> None:
    """What hangs on nothing is reported, and the check ends."""
    fill(database, 3)
    with database.write() as session:
        first = session.get_one(Snapshot, 1).payload_sha256
        session.delete(session.get_one(Blob, first))
    assert set(found(database)) == {("payload", 1), ("payload", 2), ("payload", 3)}
    with database.write() as session:
        second = session.get_one(Blob, session.get_one(Snapshot, 2).payload_sha256)
        second.base_sha256 = session.get_one(Snapshot, 3).payload_sha256
    assert {("payload", 2), ("payload", 3)} <= set(found(database))
