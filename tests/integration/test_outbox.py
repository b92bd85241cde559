"""The outbox on both databases: who is told, once each, through failures, threads and restarts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from tests.integration.filling import NOW, fill
from tests.world import acme
from tracker.alerts.destinations import Destination, destinations
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.outbox import list_deliveries, plan_deliveries, retry
from tracker.alerts.render import Rendered
from tracker.alerts.routing import route_matches
from tracker.alerts.sender import Sender, SendReport
from tracker.alerts.timing import next_digest
from tracker.clock import ManualClock
from tracker.compare.model import Verdict
from tracker.errors import UsageError
from tracker.settings import Settings
from tracker.sources.model import Route, Source
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import Change, Delivery, Event
from tracker.words import Direction, Severity, Topic

HOOK = "json://user:s3cret@hooks.example/t0ken"
OTHER = "json://other.example/x"
VERDICT = Verdict(True, Severity.HIGH, (Topic.SALE,), Direction.WEAKER, (), "en", "1", reasons=("It sells now.",))


def prepare(database: Database, clock: ManualClock, *routes: Route, changes: int = 1, **settings: object) -> Settings:
    """Store changes and plan their deliveries."""
    fill(database, changes + 1)
    told = Settings(**settings)  # type: ignore[arg-type]
    with database.write() as session:
        for change in session.exec(select(Change).order_by(col(Change.id))):
            change.verdict = VERDICT.to_json()
            change.severity = "high"
            change.summary = "It sells now."
            session.add(change)
            plan_deliveries(session, routes, acme(), source_row(session, "acme"), change, clock.now(), told)
    return told


def outbox(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(reversed(list_deliveries(session)))


def test_planning_twice_enters_nothing_twice(database: Database, clock: ManualClock) -> None:
    """A delivery is known by change, route and destination; its label and hash hold no secret."""
    route = Route("team", (HOOK, OTHER))
    settings = prepare(database, clock, route)
    with database.write() as session:
        change = session.exec(select(Change)).one()
        row = source_row(session, "acme")
        assert plan_deliveries(session, [route], acme(), row, change, clock.now(), settings) == 0
    rows = outbox(database)
    assert len(rows) == 2
    assert not [row for row in rows if "s3cret" in row.model_dump_json() or "t0ken" in row.model_dump_json()]


def test_a_muted_source_plans_nothing(database: Database, clock: ManualClock) -> None:
    """Muted until a time means silent until then."""
    settings = prepare(database, clock)
    with database.write() as session:
        change = session.exec(select(Change)).one()
        row = source_row(session, "acme")
        row.muted_until = clock.now() + timedelta(seconds=1)
        assert plan_deliveries(session, [Route("team", (HOOK,))], acme(), row, change, clock.now(), settings) == 0
        clock.advance(timedelta(seconds=1))
        assert plan_deliveries(session, [Route("team", (HOOK,))], acme(), row, change, clock.now(), settings) == 1


@pytest.mark.parametrize(
    ("route", "source", "wanted"),
    [
        (Route("r", ()), acme(), True),
        (Route("r", (), enabled=False), acme(), False),
        (Route("r", ()), acme(routes=("r",)), True),
        (Route("r", ()), acme(routes=("other",)), False),
        (Route("r", ()), acme(routes=()), False),
        (Route("r", (), tags=("a", "b")), acme(tags=("b",)), True),
        (Route("r", (), tags=("a",)), acme(tags=("b",)), False),
        (Route("r", (), topics=(Topic.SALE, Topic.CHILDREN)), acme(), True),
        (Route("r", (), topics=(Topic.CHILDREN,)), acme(), False),
        (Route("r", (), severity=Severity.HIGH), acme(), True),
        (Route("r", (), severity=Severity.CRITICAL), acme(), False),
        (Route("r", (), directions=(Direction.WEAKER,)), acme(), True),
        (Route("r", (), directions=(Direction.STRONGER,)), acme(), False),
    ],
)
def test_a_route_gets_what_all_its_filters_let_through(route: Route, source: Source, wanted: bool) -> None:
    """Tags and topics any of, severity at least, directions any of, and the source's own choice of routes."""
    change = Change(
        id="c",
        last_seen_before=NOW,
        first_seen_after=NOW,
        origin="live",
        state="confirmed",
        created_at=NOW,
        alert=True,
        rules_version="1",
        topics=["sale"],
        severity="high",
        direction="weaker",
    )
    assert route_matches(route, source, change) is wanted


def test_one_bad_destination_holds_up_no_other(database: Database, clock: ManualClock) -> None:
    """The good one is told at once, the bad one when it is back, each once; no secret is kept in the error."""
    route = Route("team", (HOOK, OTHER))
    settings = prepare(database, clock, route)
    notifier = MemoryNotifier()
    notifier.down.add(HOOK)
    sender = Sender(database, notifier, settings, clock)
    assert sender.send_due([route]) == SendReport(sent=1, failed=1)
    assert sender.send_due([route]) == SendReport()
    notifier.down.clear()
    clock.advance(timedelta(seconds=60))
    assert sender.send_due([route]) == SendReport(sent=1)
    assert [sent.url for sent in notifier.sent] == [OTHER, HOOK]
    clock.advance(timedelta(days=9))
    assert sender.send_due([route]) == SendReport()


def test_a_delivery_dies_after_its_last_try_and_can_be_revived(database: Database, clock: ManualClock) -> None:
    """Waits double up to the cap; the dead letter is an event, and a retry brings it back under its old key."""
    route = Route("team", (OTHER,))
    settings = prepare(database, clock, route, delivery_attempts=3, delivery_retry_base=60, delivery_retry_cap=100)
    notifier = MemoryNotifier(["busy", "busy", "busy"])
    sender = Sender(database, notifier, settings, clock)
    waits = []
    for _ in range(3):
        report = sender.send_due([route])
        waits.append((outbox(database)[0].next_attempt_at - clock.now()).total_seconds())
        clock.advance(timedelta(seconds=100))
    assert waits == [60, 100, 100]
    assert report == SendReport(dead=1)
    key = outbox(database)[0].idempotency_key
    with database.write() as session:
        (event,) = session.exec(select(Event).where(Event.kind == "delivery_dead"))
        assert "after 3 tries: busy" in event.detail
        with pytest.raises(UsageError):
            retry(session, clock.now(), [999])
        assert retry(session, clock.now()) == 1
    assert sender.send_due([route]) == SendReport(sent=1)
    assert [sent.key for sent in notifier.sent] == [key]


def test_a_destination_that_left_the_file_is_given_up(database: Database, clock: ManualClock) -> None:
    """Nobody can be told any more, and the outbox says why."""
    settings = prepare(database, clock, Route("team", (OTHER, HOOK)))
    left = [Route("team", (OTHER,), enabled=False)]
    notifier = MemoryNotifier()
    assert Sender(database, notifier, settings, clock).send_due(left) == SendReport(dead=2)
    assert notifier.sent == []
    assert "no longer has this route" in (outbox(database)[0].last_error or "")


class Killed(BaseException):
    """Stands for the end of the process."""


class Dying(MemoryNotifier):
    """Dies right after the first message was accepted."""

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        told = super().send(destination, message, key, thread=thread)
        if len(self.sent) == 1:
            raise Killed
        return told


@pytest.mark.parametrize("digest", [None, "daily"])
def test_a_second_copy_carries_the_same_key(database: Database, clock: ManualClock, digest: str | None) -> None:
    """Killed between acceptance and mark, the message goes out again under the key and with the content it had."""
    route = Route("team", (OTHER,), digest=digest)
    settings = prepare(database, clock, route, changes=2)
    clock.advance(timedelta(days=1))
    notifier = Dying()
    sender = Sender(database, notifier, settings, clock)
    with pytest.raises(Killed):
        sender.send_due([route])
    if digest is None:
        sender.send_due([route])
    clock.advance(timedelta(minutes=6))
    sender.send_due([route])
    first, *_, last = notifier.sent
    assert first.key == last.key
    assert first.message == last.message
    assert {row.state for row in outbox(database)} == {"sent"}


def test_five_senders_at_once_send_each_delivery_once(database: Database, clock: ManualClock) -> None:
    """A claim is one conditional update: whoever makes it sends."""
    route = Route("team", (OTHER, HOOK))
    settings = prepare(database, clock, route, changes=8)
    notifier = MemoryNotifier()
    with ThreadPoolExecutor(5) as pool:
        reports = list(pool.map(lambda _: Sender(database, notifier, settings, clock).send_due([route]), range(5)))
    assert sum(reports, SendReport()) == SendReport(sent=16)
    assert len({sent.key for sent in notifier.sent}) == len(notifier.sent) == 16


def test_a_digest_is_one_message_at_its_hour(database: Database, clock: ManualClock) -> None:
    """All changes of the day leave together."""
    route = Route("team", (OTHER,), digest="daily")
    settings = prepare(database, clock, route, changes=3)
    notifier = MemoryNotifier()
    sender = Sender(database, notifier, settings, clock)
    clock.advance(timedelta(hours=18, minutes=59))
    assert sender.send_due([route]) == SendReport()
    clock.advance(timedelta(minutes=1))
    assert sender.send_due([route]) == SendReport(sent=3)
    assert len(notifier.sent) == 1
    assert len({row.batch for row in outbox(database)}) == 1


def test_the_digest_hour_is_local_in_every_season() -> None:
    """Seven in Berlin is 6:00 UTC in winter and 5:00 in summer; the clocks go forward on 29 March 2026."""
    settings = Settings(time_zone="Europe/Berlin", digest_hour=7)
    route = Route("team", (OTHER,), digest="daily")
    assert next_digest(route, datetime(2026, 3, 28, 5, 59, tzinfo=UTC), settings) == datetime(
        2026, 3, 28, 6, tzinfo=UTC
    )
    assert next_digest(route, datetime(2026, 3, 28, 6, 0, tzinfo=UTC), settings) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert next_digest(route, datetime(2026, 10, 24, 12, tzinfo=UTC), settings) == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_recipients_of_one_address_are_destinations_of_their_own() -> None:
    """One refused recipient must not make the others get a message twice; labels hold no secret."""
    two = destinations("mailtos://u:pw@smtp.example.com?from=a@b.example&to=x@y.example,z@y.example")
    assert [one.label for one in two] == ["mail to x@y.example", "mail to z@y.example"]
    channels = destinations("slack://T1/B2/SECRET/#privacy/#legal")
    assert [one.url for one in channels] == ["slack://T1/B2/SECRET/#privacy", "slack://T1/B2/SECRET/#legal"]
    assert not [one for one in (*two, *channels, *destinations(HOOK)) if "SECRET" in repr(one) or "s3cret" in repr(one)]
