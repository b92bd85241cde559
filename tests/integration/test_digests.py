"""Digests say what was looked at: nothing is left out or told twice, and silence is no failure."""

from datetime import UTC, datetime, time

import pytest
from sqlmodel import select

from tests.world import URL, World, acme, policy
from tracker.alerts.choosing import MOST_TOGETHER
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.daemon.notices.digests import open_digests
from tracker.errors import FetchError
from tracker.fetch.memory import InMemoryFetcher
from tracker.sources.model import Route, SourcePage, SourcesFile
from tracker.store.database import Database
from tracker.store.schema.tables import Delivery
from tracker.words import FailureKind

HOOK = "json://hooks.example/x"
DAILY = Route("team", (HOOK,), digest="daily", digest_at=time(7))
SOLD = "We sell your personal information to data brokers."


class Office:
    """A world with a sender, as the daemon ticks it."""

    def __init__(self, database: Database, clock: ManualClock, *routes: Route, sources: int = 1) -> None:
        found = [acme(id=f"acme{n}", name=f"Acme {n}", pages=(SourcePage(f"{URL}{n}"),)) for n in range(sources)]
        self.world = World.build(database, clock, *found, routes=routes, time_zone="UTC", confirm_delay=0)
        for source in found:
            self.fetcher.serve(source.pages[0].url, policy())
        self.clock = clock
        self.notifier = MemoryNotifier()

    @property
    def fetcher(self) -> InMemoryFetcher:
        return self.world.fetcher

    def check(self, ident: str = "acme0") -> None:
        self.world.check(ident, hours=0.1)

    def tick(self) -> None:
        """Do what the daemon's sending tick does."""
        open_digests(self.world.runtime)
        runtime = self.world.runtime
        Sender(runtime.database, self.notifier, runtime.settings, self.clock).send_due(runtime.routes)

    def until(self, moment: datetime) -> None:
        self.clock.advance(moment - self.clock.now())
        self.tick()

    @property
    def subjects(self) -> list[str]:
        return [sent.message.subject for sent in self.notifier.sent]


def day(number: int, hour: int = 7) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_a_digest_without_changes_says_that_all_is_quiet_with_its_counts(
    database: Database, clock: ManualClock
) -> None:
    """One message a day, not more however often one looks, with what was checked, unchanged and unreachable."""
    office = Office(database, clock, DAILY, sources=3)
    office.tick()
    for number in range(3):
        office.check(f"acme{number}")
    office.until(day(2))
    office.until(day(2, 8))
    assert office.subjects == [
        "[none] Daily digest: all quiet, 3 sources checked, 0 unchanged, 3 with another text, none unreachable"
    ]
    office.fetcher.queue(f"{URL}2", FetchError(FailureKind.SERVER_ERROR, "HTTP 500"))
    for number in range(3):
        office.check(f"acme{number}")
    office.until(day(3))
    assert office.subjects[1:] == ["[none] Daily digest: all quiet, 2 sources checked, 2 unchanged, 1 unreachable"]
    payload = office.notifier.sent[1].message.payload
    assert payload is not None
    assert payload["notices"][0]["body"].splitlines()[1] == "Unreachable: acme2"


def test_where_nothing_could_be_checked_it_is_not_called_quiet(database: Database, clock: ManualClock) -> None:
    """A daemon that looked at nothing has nothing good to say."""
    office = Office(database, clock, DAILY)
    office.tick()
    office.until(day(2))
    assert office.subjects == [
        "[medium] Daily digest: 0 sources checked, 0 unchanged, none unreachable, 1 not looked at"
    ]


def test_a_digest_with_changes_holds_the_counts_too(database: Database, clock: ManualClock) -> None:
    """The counts are no notice of their own in the subject."""
    office = Office(database, clock, DAILY)
    office.tick()
    office.check()
    office.until(day(2, 1))
    office.fetcher.serve(f"{URL}0", policy(p3=SOLD))
    office.check()
    office.until(day(2))
    (subject,) = office.subjects
    assert subject.endswith("] Daily digest: 1 change in 1 source")
    payload = office.notifier.sent[0].message.payload
    assert payload is not None
    assert [notice["kind"] for notice in payload["notices"]] == ["coverage"]


def test_the_first_digest_looks_back_to_when_the_route_began(database: Database, clock: ManualClock) -> None:
    """A route that is new says nothing of the time before it, and nothing at once."""
    office = Office(database, clock, DAILY)
    office.tick()
    assert office.notifier.sent == []
    office.until(day(2))
    assert len(office.notifier.sent) == 1


def test_after_days_without_a_daemon_one_digest_covers_them(database: Database, clock: ManualClock) -> None:
    """Not one for each day that passed, and none is left out."""
    office = Office(database, clock, DAILY)
    office.tick()
    office.check()
    office.until(day(2))
    office.until(day(6, 15))
    assert len(office.subjects) == 2
    payload = office.notifier.sent[1].message.payload
    assert payload is not None
    told = payload["notices"][0]["body"].splitlines()[0]
    assert told == "From 2026-03-02 07:00 UTC to 2026-03-06 07:00 UTC."


@pytest.mark.parametrize("digest", ["hourly", "daily"])
def test_a_route_may_stay_silent_when_all_is_quiet(database: Database, clock: ManualClock, digest: str) -> None:
    """Then only a digest with something in it leaves, with its counts."""
    route = Route("team", (HOOK,), digest=digest, all_quiet=False)
    office = Office(database, clock, route)
    office.tick()
    office.check()
    office.until(day(3))
    assert office.notifier.sent == []
    office.fetcher.serve(f"{URL}0", policy(p3=SOLD))
    office.check()
    office.until(day(4))
    (sent,) = office.notifier.sent
    assert sent.message.payload is not None
    assert len(sent.message.payload["notices"]) == 1


def test_a_failed_all_quiet_digest_goes_out_when_the_destination_is_back(
    database: Database, clock: ManualClock
) -> None:
    """It is a delivery like any other."""
    office = Office(database, clock, DAILY)
    office.tick()
    office.notifier.failures = ["down", "down"]
    office.until(day(2))
    office.until(day(2, 8))
    office.until(day(2, 9))
    assert len(office.notifier.sent) == 1


def test_a_route_that_reaches_part_of_the_sources_counts_that_part(database: Database, clock: ManualClock) -> None:
    """A team hears of its own sources."""
    office = Office(database, clock, Route("team", (HOOK,), tags=("mine",), digest="daily"), sources=2)
    runtime = office.world.runtime
    first, second = runtime.sources_file.sources
    tagged = acme(id=first.id, name=first.name, pages=first.pages, tags=("mine",))
    runtime.sources_file = SourcesFile((tagged, second), runtime.sources_file.routes)
    office.tick()
    office.check("acme0")
    office.check("acme1")
    office.until(day(2))
    assert "1 source checked" in office.subjects[0]


def test_the_counts_of_a_large_digest_are_in_its_first_message(database: Database, clock: ManualClock) -> None:
    """Left over for a second one they would say that all is quiet."""
    office = Office(database, clock, DAILY)
    office.tick()
    office.check()
    office.until(day(1, 14))
    office.fetcher.serve(f"{URL}0", policy(p3=SOLD))
    office.check()
    with database.write() as session:
        (row,) = session.exec(select(Delivery)).all()
        for number in range(MOST_TOGETHER - 1):
            session.add(Delivery(**row.model_dump(exclude={"id"}) | {"idempotency_key": f"k{number}"}))
    office.until(day(2))
    assert len(office.subjects) == 2
    assert not [subject for subject in office.subjects if "all quiet" in subject]
