"""Quiet hours, limits, shared texts, mutes and escalations through the outbox on both databases."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, time, timedelta
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from tests.integration.filling import fill
from tests.world import acme
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.outbox import Lane, Parcel, claim, plan_deliveries
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.compare.model import Verdict
from tracker.settings import Settings
from tracker.sources.model import QuietHours, RateLimit, Route
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import Change, Delivery
from tracker.words import Direction, Severity, Topic

HOOK = "json://hooks.example/x"
NIGHT = QuietHours(((time(22), time(7)),), unless=Severity.CRITICAL)
VERDICT = Verdict(True, Severity.HIGH, (Topic.SALE,), Direction.WEAKER, (), "en", "1", reasons=("It sells now.",))


class Outbox:
    """A store with changes, a route and a sender."""

    def __init__(self, database: Database, clock: ManualClock, route: Route, changes: int) -> None:
        self.database, self.clock, self.route = database, clock, route
        self.settings = Settings(time_zone="UTC")
        self.notifier = MemoryNotifier()
        fill(database, changes + 1)
        with database.write() as session:
            self.ids = []
            for change in session.exec(select(Change).order_by(col(Change.id))):
                change.verdict = VERDICT.to_json()
                change.severity = "high"
                change.summary = "It sells now."
                self.ids.append(change.id)

    def plan(self, number: int, severity: str = "high") -> None:
        """Confirm a change."""
        with self.database.write() as session:
            change = session.get_one(Change, self.ids[number])
            change.severity = severity
            row = source_row(session, "acme")
            plan_deliveries(session, [self.route], acme(), row, change, self.clock.now(), self.settings)

    def send(self) -> list[str]:
        """Tick once and return the subjects of what went out."""
        before = len(self.notifier.sent)
        Sender(self.database, self.notifier, self.settings, self.clock).send_due([self.route])
        return [sent.message.subject for sent in self.notifier.sent[before:]]

    def at(self, hour: int, minute: int = 0, *, day: int = 1) -> None:
        self.clock.advance(datetime(2026, 3, day, hour, minute, tzinfo=UTC) - self.clock.now())

    def rows(self) -> list[Delivery]:
        with self.database.read() as session:
            return list(session.exec(select(Delivery).order_by(col(Delivery.id))))


def test_quiet_hours_hold_until_the_morning_and_sum_up(database: Database, clock: ManualClock) -> None:
    """At night nothing goes but what is critical; in the morning the rest is one message."""
    outbox = Outbox(database, clock, Route("team", (HOOK,), quiet=NIGHT), 3)
    outbox.at(23)
    outbox.plan(0)
    outbox.plan(1)
    assert outbox.send() == []
    outbox.plan(2, "critical")
    assert len(outbox.send()) == 1
    outbox.at(6, 59, day=2)
    assert outbox.send() == []
    outbox.at(7, day=2)
    assert outbox.send() == ["[high] From the quiet hours: 2 changes in 1 source"]
    assert {row.state for row in outbox.rows()} == {"sent"}


def test_a_limit_leaves_the_last_message_for_all_the_rest(database: Database, clock: ManualClock) -> None:
    """Two an hour: one alert, one summary of four; what comes then waits for the hour to pass."""
    outbox = Outbox(database, clock, Route("team", (HOOK,), limit=RateLimit(2, timedelta(hours=1))), 7)
    for number in range(5):
        outbox.plan(number)
    assert outbox.send() == [
        "[high] Acme privacy policy: It sells now.",
        "[high] Held back by the rate limit: 4 changes in 1 source",
    ]
    outbox.plan(5)
    clock.advance(timedelta(minutes=59))
    assert outbox.send() == []
    clock.advance(timedelta(minutes=1))
    assert len(outbox.send()) == 1


class Killed(BaseException):
    """Stands for the end of the process."""


def send_and_die(outbox: Outbox) -> None:
    """Send what is due, but end after the destination took the first message, before that is marked."""
    taken = outbox.notifier.send

    def dies(*arguments: object, **named: object) -> None:
        taken(*arguments, **named)  # type: ignore[arg-type]
        raise Killed

    outbox.notifier.send = dies  # type: ignore[method-assign]
    with pytest.raises(Killed):
        outbox.send()
    outbox.notifier.send = taken  # type: ignore[method-assign]


def test_a_summary_that_died_goes_again_with_its_members_and_key(database: Database, clock: ManualClock) -> None:
    """Killed after the destination took it: the same message again, though more waits by then."""
    outbox = Outbox(database, clock, Route("team", (HOOK,), limit=RateLimit(1, timedelta(hours=1))), 4)
    for number in range(3):
        outbox.plan(number)
    send_and_die(outbox)
    outbox.plan(3)
    clock.advance(timedelta(minutes=6))
    outbox.send()
    first, second = outbox.notifier.sent
    assert (first.key, first.message) == (second.key, second.message)
    assert first.message.subject == "[high] Held back by the rate limit: 3 changes in 1 source"
    clock.advance(timedelta(hours=1))
    assert len(outbox.send()) == 1


def test_one_that_went_alone_and_may_have_arrived_joins_no_summary(database: Database, clock: ManualClock) -> None:
    """In a message of another key its second copy could not be told from news."""
    outbox = Outbox(database, clock, Route("team", (HOOK,), limit=RateLimit(2, timedelta(hours=1))), 4)
    outbox.plan(0)
    send_and_die(outbox)
    for number in (1, 2, 3):
        outbox.plan(number)
    clock.advance(timedelta(minutes=6))
    outbox.send()
    first, again, *_ = outbox.notifier.sent
    assert (first.key, first.message) == (again.key, again.message)
    assert outbox.notifier.sent[-1].message.subject == "[high] Held back by the rate limit: 3 changes in 1 source"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.sampled_from(["low", "high", "critical"])),
        st.tuples(st.just("wait"), st.integers(1, 20 * 60)),
        st.tuples(st.just("fail"), st.integers(1, 3)),
        st.tuples(st.just("die"), st.integers(1, 2)),
    ),
    min_size=3,
    max_size=25,
)
rules = st.builds(
    Route,
    st.just("team"),
    st.just((HOOK,)),
    digest=st.sampled_from([None, None, "hourly", "daily", "weekly"]),
    quiet=st.sampled_from([None, NIGHT, QuietHours(days=(5, 6)), QuietHours(((time(1, 30), time(3)),))]),
    limit=st.sampled_from([None, RateLimit(1, timedelta(hours=2)), RateLimit(3, timedelta(days=1))]),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules, steps, st.sampled_from([datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)]))
def test_whatever_happens_each_change_is_told_once(
    tmp_path_factory: pytest.TempPathFactory, route: Route, found: list[tuple[str, object]], start: datetime
) -> None:
    """Outages, deaths and changed clocks amid quiet hours, limits and digests lose none and double none."""
    from tracker.store.upkeep.upgrade import create_store

    clock = ManualClock(start)
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'store.sqlite'}")
    create_store(database)
    outbox = Outbox(database, clock, route, sum(step == "plan" for step, _ in found) or 1)
    taken, dying, planned = outbox.notifier.send, 0, 0

    def send(*arguments: object, **named: object) -> None:
        nonlocal dying
        taken(*arguments, **named)  # type: ignore[arg-type]
        if dying:
            dying -= 1
            raise Killed

    outbox.notifier.send = send  # type: ignore[method-assign]

    def tick() -> None:
        try:
            outbox.send()
        except Killed:
            clock.advance(timedelta(minutes=5))  # the lease of whoever died

    for step, value in found:
        if step == "plan":
            outbox.plan(planned, str(value))
            planned += 1
        elif step == "fail":
            outbox.notifier.failures = ["down"] * int(str(value))
        elif step == "die":
            dying = int(str(value))
        else:
            clock.advance(timedelta(minutes=int(str(value))))
        tick()
    dying, outbox.notifier.failures = 0, []
    for _ in range(24 * 16):
        if all(row.state == "sent" for row in outbox.rows()):
            break
        clock.advance(timedelta(hours=1))
        tick()
    rows = outbox.rows()
    assert {row.state for row in rows} <= {"sent"}
    told: dict[str, set[str]] = {}
    for sent in outbox.notifier.sent:
        payload = sent.message.payload
        assert payload is not None
        ids = {change["id"] for change in payload.get("changes", [payload.get("change")])}
        assert told.setdefault(sent.key, ids) == ids
    assert sorted(ident for ids in told.values() for ident in ids) == sorted(row.change_id or "" for row in rows)
    database.close()


def test_two_senders_keep_one_limit(database: Database, clock: ManualClock) -> None:
    """What one is about to take counts for the other, although it sees one alert more."""
    outbox = Outbox(database, clock, Route("team", (HOOK,), limit=RateLimit(1, timedelta(hours=1))), 2)
    outbox.plan(0)
    [row] = outbox.rows()
    planned = Event()

    def take(session: Session) -> Parcel | None:
        return claim(session, Lane(row.route, row.destination), clock.now(), outbox.route, outbox.settings)

    def plan_and_take() -> Parcel | None:
        outbox.plan(1)
        planned.set()
        with database.write() as session:
            return take(session)

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            assert take(session) is not None
            other = pool.submit(plan_and_take)
            if not database.is_sqlite:  # which has one writer at a time
                assert planned.wait(60)
                # Long enough for a choice that waits for nobody to be made.
                wait([other], 0.3)
        assert other.result(60) is None


def test_each_destination_has_its_own_limit(database: Database, clock: ManualClock) -> None:
    """One that is used up holds up no other."""
    other = "json://other.example/z"
    outbox = Outbox(database, clock, Route("team", (HOOK, other), limit=RateLimit(1, timedelta(hours=1))), 2)
    outbox.plan(0)
    assert len(outbox.send()) == 2
    assert {sent.url for sent in outbox.notifier.sent} == {HOOK, other}
