"""The queue of changes on both databases: its order, its filters, what people decide, and that it is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from tests.integration.filling import NOW, fill
from tests.world import URL, World, acme, policy
from tracker.clock import ManualClock
from tracker.daemon.checks.changes import refresh_changes
from tracker.daemon.past.backfill import Span, backfill
from tracker.errors import UsageError
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.history.triage import Decision, accept, decide
from tracker.sources.model import Backfill
from tracker.store.database import Database
from tracker.store.people.reviews import list_reviews
from tracker.store.people.trail import entries, verify_trail
from tracker.store.people.triage import NOBODY, QueueFilter, assignees, queue, queue_size, triage_of
from tracker.store.schema.tables import Change

ALL = QueueFilter(states=(), material=False, history=True)


@pytest.fixture
def filled(database: Database) -> Database:
    """Six changes of one source, a day apart; ids abcd01 to abcd06."""
    fill(database, 7)
    weights = {
        "abcd01": ("low", True, "confirmed"),
        "abcd02": ("critical", True, "confirmed"),
        "abcd03": ("high", True, "awaiting"),
        "abcd04": ("high", True, "confirmed"),
        "abcd05": ("none", False, "confirmed"),
        "abcd06": ("critical", True, "history"),
    }
    with database.write() as session:
        for ident, (severity, alert, state) in weights.items():
            row = session.get_one(Change, ident)
            row.severity, row.alert, row.state = severity, alert, state
            row.verdict = {}
    return database


def ids(session: Session, wanted: QueueFilter, after: str | None = None, limit: int | None = None) -> list[str]:
    return [one.change.id for one in queue(session, wanted, after=after, limit=limit)]


def test_alerts_come_first_then_weight_then_age(filled: Database) -> None:
    """What deserves no alert and what was filled in comes only when asked for."""
    with filled.read() as session:
        assert ids(session, QueueFilter()) == ["abcd02", "abcd03", "abcd04", "abcd01"]
        assert ids(session, ALL) == ["abcd02", "abcd06", "abcd03", "abcd04", "abcd01", "abcd05"]
        assert (queue_size(session, QueueFilter()), queue_size(session, ALL)) == (4, 6)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_page_by_page_shows_each_change_once(filled: Database, size: int) -> None:
    """The last change of a page says where the next begins, also when it left the queue meanwhile."""
    found: list[str] = []
    with filled.read() as session:
        while page := ids(session, ALL, after=found[-1] if found else None, limit=size):
            found += page
    assert found == ["abcd02", "abcd06", "abcd03", "abcd04", "abcd01", "abcd05"]
    with filled.write() as session:
        decide(session, "abcd03", Decision("Kim", "seen"), NOW)
        assert ids(session, QueueFilter(), after="abcd03") == ["abcd04", "abcd01"]
        assert ids(session, QueueFilter(), after="gone") == ["abcd02", "abcd04", "abcd01"]


def test_the_filters_narrow_the_queue(filled: Database) -> None:
    """State, whose it is, weight, tag and source."""
    with filled.write() as session:
        decide(session, "abcd02", Decision("Kim", "seen", "Robin"), NOW)
        decide(session, "abcd03", Decision("Kim", assignee="Kim"), NOW)
        decide(session, "abcd04", Decision("Kim", "dismissed"), NOW)
    with filled.read() as session:
        assert ids(session, QueueFilter()) == ["abcd03", "abcd01"]
        assert ids(session, QueueFilter(states=("seen", "dismissed"))) == ["abcd02", "abcd04"]
        assert ids(session, QueueFilter(states=(), assignee="Robin")) == ["abcd02"]
        assert ids(session, QueueFilter(assignee=NOBODY)) == ["abcd01"]
        assert ids(session, QueueFilter(severity="high")) == ["abcd03"]
        assert ids(session, QueueFilter(tags=("vendor",))) == ["abcd03", "abcd01"]
        assert ids(session, QueueFilter(tags=("other",))) == []
        assert ids(session, QueueFilter(source="acme")) == ["abcd03", "abcd01"]
        assert assignees(session) == ["Kim", "Robin"]


def test_a_decision_keeps_what_it_does_not_speak_of_and_enters_the_trail(filled: Database) -> None:
    """State, assignee and note change one by one; who did it when is written down in a chain that holds."""
    with filled.write() as session:
        decide(session, "abcd01", Decision("Kim", "seen", "Robin", "=ask\0 legal"), NOW)
        decide(session, "abcd01", Decision("Lee", note="done"), NOW + timedelta(hours=1))
    with filled.read() as session:
        row = triage_of(session, ["abcd01"])["abcd01"]
        assert (row.state, row.assignee, row.note, row.by) == ("seen", "Robin", "done", "Lee")
        told = entries(session, action="triage.set")
        assert [(one.actor, one.source, one.subject) for one in told] == [
            ("Lee", "acme", "abcd01"),
            ("Kim", "acme", "abcd01"),
        ]
        assert told[1].detail == {
            "state": "seen",
            "assignee": "Robin",
            "note": "=ask\N{REPLACEMENT CHARACTER} legal",
            "before": "new",
        }
        assert [link.detail for link in verify_trail(session)] == ["", ""]


def test_a_decision_has_to_say_something_that_exists(filled: Database) -> None:
    """No state of another name, nothing at all, no change that is not there, no endless note."""
    for told in ({"state": "done"}, {}, {"note": "x" * 5_001}, {"assignee": "x" * 101}):
        with pytest.raises(UsageError):
            Decision("Kim", **told)
    with filled.write() as session, pytest.raises(UsageError, match="no change 'zzz'"):
        decide(session, "zzz", Decision("Kim", "seen"), NOW)


def test_accepting_reviews_the_material_clauses_as_they_stand(database: Database, clock: ManualClock) -> None:
    """Once each, however often it is accepted."""
    world = World.build(database, clock)
    world.fetcher.serve(URL, policy())
    world.check()
    world.fetcher.serve(URL, policy(p3="We sell your personal information.", p11="Write to our new privacy officer."))
    world.check(at_once=True)
    (change,) = world.changes()
    for _ in range(2):
        with database.write() as session:
            accept(session, change.id, by="Kim", now=clock.now())
    with database.read() as session:
        reviews = [one.review for one in list_reviews(session)]
        assert [(one.clause_class, one.topics, one.direction, one.reviewer) for one in reviews] == [
            ("material", None, None, "Kim")
        ]
        assert triage_of(session, [change.id])[change.id].state == "seen"
        assert [one.action for one in entries(session)] == ["triage.set", "review.add", "triage.set"]


def test_a_change_that_was_decided_on_is_superseded_not_removed(database: Database, clock: ManualClock) -> None:
    """A capture that lands in between takes history apart; what people said of it stays readable."""
    source = acme(backfill=Backfill(archives=("memory",)))
    world = World.build(database, clock, source)
    archive = world.archives["memory"] = InMemoryArchive("memory")
    archive.add(URL, datetime(2020, 1, 1, tzinfo=UTC), policy().encode())
    archive.add(URL, datetime(2020, 3, 1, tzinfo=UTC), policy(p3="We sell your data.", p5="").encode())
    backfill(world.runtime, source, Span())
    (whole,) = world.changes()
    with database.write() as session:
        decide(session, whole.id, Decision("Kim", "dismissed"), clock.now())
    archive.add(URL, datetime(2020, 2, 1, tzinfo=UTC), policy(p3="We sell your data.").encode())
    backfill(world.runtime, source, Span())
    refresh_changes(world.runtime, source, whole.source_key)
    states = {row.id: row.state for row in world.changes()}
    assert states.pop(whole.id) == "superseded"
    assert list(states.values()) == ["history", "history"]
