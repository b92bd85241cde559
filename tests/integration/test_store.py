"""The store on a real SQLite and a real PostgreSQL: chains, versions, history, sources, captures, slots, the lock."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text
from sqlmodel import col, select

from tests.integration.filling import NOW, SOURCE, fill, keep_text, record, snapshot
from tests.support.dump import dump_content
from tracker.errors import StoreBusyError, UnknownSourceError, UsageError
from tracker.store.database import Database
from tracker.store.history.history import change, changes, numbered_versions, observation_at, observe, transitions
from tracker.store.history.sources import SourceEntry, purge_source, source_row, sync_sources
from tracker.store.lock import daemon_lock
from tracker.store.schema.tables import Blob, ClauseText, Snapshot, SourceRow
from tracker.store.texts.captures import capture_counts, list_captures, pending_captures, settle_capture, stored_digest
from tracker.store.texts.clause_texts import texts_of
from tracker.store.texts.snapshots import read_payload
from tracker.store.texts.versions import StoredClause, put_version, read_version
from tracker.store.upkeep.verify import verify_store
from tracker.store.work.leases import claim_due, free_leases, release
from tracker.store.work.slots import block_slot, blocked_until, take_slot


@dataclass(frozen=True)
class Line:
    url: str
    timestamp: str
    digest: str
    status: int | None = 200
    media_type: str = "text/html"


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    start = threading.Barrier(count)

    def run(number: int) -> object:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_eight_threads_lose_no_increment(database: Database) -> None:
    """What a writer read cannot change before it writes."""
    fill(database, 0)

    def work(_: int) -> None:
        for _ in range(50):
            with database.write() as session:
                source_row(session, SOURCE.id).failures += 1

    in_threads(8, work)
    with database.read() as session:
        assert source_row(session, SOURCE.id).failures == 400


def test_a_reader_sees_one_state_and_never_waits_for_a_writer(database: Database) -> None:
    """A reader beside an open write transaction answers at once, with what was there before."""
    fill(database, 1)
    with database.write() as writer:
        source_row(writer, SOURCE.id).failures = 7
        writer.flush()
        with database.read() as reader:
            assert source_row(reader, SOURCE.id).failures == 0


def test_threads_append_to_one_chain_without_a_gap(database: Database) -> None:
    """Links are numbered in order of arrival, whoever brings them."""
    fill(database, 0)

    def work(number: int) -> None:
        with database.write() as session:
            snapshot(session, 1, number)

    in_threads(6, work)
    with database.read() as session:
        assert [row.sequence for row in session.exec(select(Snapshot).order_by(col(Snapshot.sequence)))] == [
            *range(1, 7)
        ]
    assert verify_store(database).damages == []


def test_headers_and_body_come_back_as_they_came(database: Database) -> None:
    """Order and repetition of headers are kept, and NUL in an address does not stop the store."""
    fill(database, 0)
    with database.write() as session:
        row = snapshot(
            session, 1, 1, url="https://acme.example/\0x", headers=[("Set-Cookie", "a\0"), ("Set-Cookie", "b")]
        )
        ident = row.id
    with database.read() as session:
        row = session.get_one(Snapshot, ident)
        assert row.headers == [["Set-Cookie", "a\0"], ["Set-Cookie", "b"]]
        assert read_payload(session, row).endswith(b"1</p>")
    assert verify_store(database).ok


def test_five_thousand_clauses_take_few_statements(database: Database) -> None:
    """Clause texts are looked up and stored in bulk."""
    fill(database, 0)
    clauses = [StoredClause(f"Clause {number}.", "paragraph", block=number) for number in range(5_000)]
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    with database.write() as session:
        version, new = put_version(
            session,
            1,
            clauses,
            key_sha256="k",
            canon_version="1",
            words=10_000,
            language="en",
            stated_date=None,
            effective_date=None,
        )
        assert new
        written = len(statements)
        assert read_version(session, version.id or 0) == clauses
    assert written <= 20


def test_a_text_that_returns_is_the_same_version(database: Database) -> None:
    """Known text, known version; its clauses are shared with other versions."""
    fill(database, 0)
    with database.write() as session:
        first, new = keep_text(session, 1, "We keep data.", "We share data.")
        again, same = keep_text(session, 1, "We keep data.", "We share data.")
        other, _ = keep_text(session, 1, "We keep data.", "We sell data.")
        assert (new, same, again.id == first.id, other.id == first.id) == (True, False, True, False)
        assert len(session.exec(select(ClauseText)).all()) == 3
        odd = StoredClause("a\0b\ud800", "paragraph")
        assert odd.text == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


def test_history_is_read_in_observed_time_whatever_arrived_first(database: Database) -> None:
    """Versions are numbered by first sight; a capture that arrives late goes to its place in time."""
    fill(database, 0)
    with database.write() as session:
        for day, words in ((3, "B."), (1, "A."), (5, "A."), (2, "A."), (4, "B.")):
            record(session, 1, day, words)
        assert (
            observe(
                session,
                source_key=1,
                observed_at=NOW + timedelta(days=1),
                origin="live",
                archive=None,
                version_id=1,
                extraction_id=None,
            )[1]
            is False
        )
    with database.read() as session:
        entries = numbered_versions(session, 1)
        assert [(entry.number, entry.observations, (entry.first_seen - NOW).days) for entry in entries] == [
            (1, 3, 1),
            (2, 2, 3),
        ]
        steps = [
            ((step.last_seen_before - NOW).days, (step.first_seen_after - NOW).days) for step in transitions(session, 1)
        ]
        assert steps == [(2, 3), (4, 5)]
        stood = observation_at(session, 1, NOW + timedelta(days=3, hours=5))
        assert stood is not None
        assert stood.version_id == entries[1].version.id
        assert observation_at(session, 1, NOW) is None


def test_changes_are_filtered_and_found_by_prefix(database: Database) -> None:
    """Every filter narrows; a prefix that fits several changes names them."""
    fill(database, 3)
    with database.read() as session:
        assert [entry.change.id for entry in changes(session)] == ["abcd02", "abcd01"]
        assert [entry.change.id for entry in changes(session, topics=["sale"], severity="high")] == ["abcd02"]
        assert changes(session, severity="critical") == []
        assert changes(session, tags=["other"]) == []
        assert len(changes(session, tags=["vendor"], source="acme", material=True, limit=1)) == 1
        assert change(session, "abcd01").source.id == "acme"
        with pytest.raises(UsageError, match="abcd01, abcd02"):
            change(session, "abcd")
        for wrong in ("", "%", "zz"):
            with pytest.raises(UsageError):
                change(session, wrong)


def test_sources_follow_the_file(database: Database) -> None:
    """Rename keeps the key, leaving archives, returning revives, and two sources may swap into each other's ids."""
    with database.write() as session:
        report = sync_sources(session, [SourceEntry("a", "A"), SourceEntry("b", "B")], NOW)
        assert report.added == ["a", "b"]
        keys = {ident: source_row(session, ident).key for ident in "ab"}
    with database.write() as session:
        entries = [SourceEntry("c", "A", formerly=("a",)), SourceEntry("d", "B", formerly=("b",))]
        assert sync_sources(session, entries, NOW).renamed == [("a", "c"), ("b", "d")]
        assert source_row(session, "c").key == keys["a"]
    with database.write() as session:
        assert sync_sources(session, [SourceEntry("c", "A")], NOW).archived == ["d"]
    with database.write() as session:
        assert sync_sources(session, [SourceEntry("c", "A"), SourceEntry("d", "B")], NOW).revived == ["d"]
        with pytest.raises(UnknownSourceError):
            source_row(session, "a")


def test_an_unknown_source_names_its_neighbour(database: Database) -> None:
    """A slip of the keyboard is answered with the id that was meant."""
    fill(database, 0)
    with database.read() as session, pytest.raises(UnknownSourceError, match="did you mean acme"):
        source_row(session, "Acne")


def test_each_due_source_is_claimed_once(database: Database) -> None:
    """Eight planners that ask at once never get the same source; an expired lease is free again."""
    with database.write() as session:
        sync_sources(session, [SourceEntry(f"s{n:02}", "S", url=f"https://h{n}.example/") for n in range(20)], NOW)

    def work(number: int) -> list[str]:
        with database.write() as session:
            rows = claim_due(session, now=NOW, limit=5, owner=f"o{number}", lease_seconds=60)
            return [row.id for row in rows]

    claimed = [ident for found in in_threads(8, work) for ident in found]  # type: ignore[attr-defined]
    assert len(claimed) == len(set(claimed))
    with database.write() as session:
        claim_due(session, now=NOW, limit=20, owner="rest", lease_seconds=60)
        assert claim_due(session, now=NOW, limit=20, owner="x", lease_seconds=60) == []
        later = NOW + timedelta(seconds=60)
        assert (
            len(claim_due(session, now=later, limit=30, owner="x", lease_seconds=60, busy_hosts={"h3.example"})) == 19
        )
        assert release(session, source_row(session, "s00"), "rest") is False
        assert release(session, source_row(session, "s00"), "x", next_check_at=later + timedelta(days=1)) is True


def test_many_due_sources_of_one_host_leave_room_for_others(database: Database) -> None:
    """However long the queue of one host is, no more of it is claimed at a time than its spacing allows."""
    entries = [SourceEntry(f"a{n:03}", "A", url="https://crowded.example/") for n in range(1_200)]
    with database.write() as session:
        sync_sources(session, entries, NOW - timedelta(hours=1))
        sync_sources(session, [*entries, SourceEntry("b", "B", url="https://other.example/")], NOW)
        rows = claim_due(session, now=NOW, limit=10, owner="o", lease_seconds=60, per_host=2)
        assert [row.id for row in rows] == ["a000", "a001", "b"]


def test_who_takes_over_frees_what_others_had_claimed(database: Database) -> None:
    """Leases of a process that is gone end at once; those of one's own go on."""
    with database.write() as session:
        sync_sources(session, [SourceEntry(ident, "S", url=f"https://{ident}.example/") for ident in "abc"], NOW)
        for owner in ("gone", "mine"):
            claim_due(session, now=NOW, limit=1, owner=owner, lease_seconds=60)
        assert free_leases(session, keep="mine") == 1
        rows = claim_due(session, now=NOW, limit=5, owner="mine", lease_seconds=60)
        assert [row.id for row in rows] == ["a", "c"]


def test_purging_takes_what_nobody_else_uses(database: Database) -> None:
    """A purged source leaves what is shared with others readable and nothing else behind."""
    fill(database, 3)
    with database.write() as session:
        sync_sources(session, [SOURCE, SourceEntry("beta", "Beta")], NOW)
        key = source_row(session, "beta").key or 0
        snapshot(session, key, 3)
        keep_text(session, key, "Text 1.")
        with pytest.raises(UsageError):
            purge_source(session, SOURCE.id)
        counts = purge_source(session, SOURCE.id, force=True)
        assert (counts["snapshot"], counts["blob"], counts["version"], counts["change"]) == (3, 2, 3, 2)
    assert verify_store(database).damages == []
    with database.read() as session:
        assert [row.id for row in session.exec(select(SourceRow))] == ["beta"]
        assert len(session.exec(select(Blob)).all()) == 1
        idents = [ident or 0 for ident in session.exec(select(ClauseText.id))]
        assert list(texts_of(session, idents).values()) == ["Text 1."]


def test_slots_are_handed_out_one_after_the_other(database: Database) -> None:
    """Of threads that want the same host at once one gets it; the others hear when to ask again, and so on."""
    for now in (1_000.0, 1_005.0, 1_010.0):

        def work(_: int, now: float = now) -> float | None:
            with database.write() as session:
                return take_slot(session, "acme.example", 5.0, now=now, furthest=now + 60, waited=now)

        assert Counter(in_threads(6, work)) == {None: 1, now + 5: 5}
    with database.write() as session:
        block_slot(session, "acme.example", 2_000.0)
        block_slot(session, "acme.example", 1_500.0)
        assert blocked_until(session, "acme.example") == 2_000.0
        assert blocked_until(session, "beta.example") == 0.0


def test_captures_are_listed_once_and_settled(database: Database) -> None:
    """Listing again adds nothing; a finer choice brings back what was thinned out; redirects are always downloaded."""
    fill(database, 0)
    lines = [Line("https://acme.example/p", f"2024010{day}000000", f"D{day}") for day in range(1, 5)]
    with database.write() as session:
        assert list_captures(session, 1, "ia", lines[0].url, lines[:2], lines[2:]) == 4
        assert list_captures(session, 1, "ia", lines[0].url, lines[:2], lines[2:]) == 0
        assert [row.timestamp for row in pending_captures(session, 1)] == [line.timestamp for line in lines[:2]]
        good = snapshot(session, 1, 1)
        moved = snapshot(session, 1, 2, redirects=[{"status": 302, "url": "a", "location": "b"}])
        first, second = pending_captures(session, 1, "ia")
        settle_capture(session, first.id or 0, "stored", snapshot_id=good.id)
        settle_capture(session, second.id or 0, "stored", snapshot_id=moved.id)
        list_captures(session, 1, "ia", lines[0].url, lines)
        assert capture_counts(session, 1) == {"pending": 2, "stored": 2}
        assert stored_digest(session, 1, "ia", lines[0].url, "D1") == good.id
        assert stored_digest(session, 1, "ia", lines[0].url, "D2") is None
        assert stored_digest(session, 1, "ia", lines[0].url, "-") is None


def test_one_daemon_holds_a_store(database: Database) -> None:
    """A second daemon is refused and told who holds it; after the first it may."""
    with daemon_lock(database), pytest.raises(StoreBusyError, match="process"), daemon_lock(database):
        pass
    with daemon_lock(database):
        pass


def test_the_dump_does_not_depend_on_the_order_of_arrival(database: Database) -> None:
    """The same history brought in backwards and at another time is the same content."""
    dumps: list[list[str]] = []
    for days in ((1, 2, 3), (3, 1, 2)):
        with database.write() as session:
            session.connection().execute(text("delete from source"))
            sync_sources(session, [SOURCE], NOW)
            key = source_row(session, SOURCE.id).key or 0
            for day in days:
                snapshot(session, key, day, arrived_at=datetime(2026, 1, len(dumps) + 1, tzinfo=UTC))
                record(session, key, day, f"Text {day}.")
        with database.read() as session:
            dumps.append(list(dump_content(session)))
    assert dumps[0] == dumps[1]
    assert len(dumps[0]) == 10
