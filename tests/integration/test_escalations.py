"""When nobody acknowledges a severe change in time, others are told: once."""

from datetime import timedelta

import pytest

from tests.world import URL, World, policy
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.daemon.notices.escalations import escalate
from tracker.history.mutes import Muting, mute_topics
from tracker.history.reviews import Opinion, review_clause
from tracker.history.triage import Decision, decide
from tracker.sources.model import Escalation, QuietHours, Route
from tracker.store.database import Database
from tracker.words import ClauseClass, Severity, Topic

HOOK = "json://hooks.example/x"
PAGER = "json://pager.example/y"
ROUTE = Route("team", (HOOK,), escalation=Escalation(timedelta(hours=4), (PAGER,), Severity.LOW))


class Case:
    """A change that a route told of, or could not."""

    def __init__(self, database: Database, clock: ManualClock, route: Route = ROUTE, *, down: bool = False) -> None:
        self.world = World.build(database, clock, routes=(route,), confirm_delay=0, time_zone="UTC")
        self.notifier = MemoryNotifier()
        if down:
            self.notifier.down.add(HOOK)
        self.world.fetcher.serve(URL, policy())
        self.world.check()
        self.world.fetcher.serve(URL, policy(p3="We sell your personal information to data brokers."))
        self.world.check(hours=1)
        self.change = self.world.changes()[0].id
        self.clock = clock
        self.send()

    def send(self) -> None:
        runtime = self.world.runtime
        Sender(runtime.database, self.notifier, runtime.settings, self.clock).send_due(runtime.routes)

    def later(self, hours: float) -> int:
        self.clock.advance(timedelta(hours=hours))
        new = escalate(self.world.runtime)
        self.send()
        return new

    @property
    def paged(self) -> list[str]:
        return [sent.message.subject for sent in self.notifier.sent if sent.url == PAGER]


def test_after_its_time_an_unacknowledged_change_is_escalated_once(database: Database, clock: ManualClock) -> None:
    """To the other destination, with the words of the change, and never again."""
    case = Case(database, clock)
    assert case.later(3.9) == 0
    assert case.later(0.1) == 1
    assert case.later(48) == 0
    (subject,) = case.paged
    assert "Acme Privacy Policy: nobody has acknowledged a " in subject
    payload = next(sent.message.payload for sent in case.notifier.sent if sent.url == PAGER)
    assert payload is not None
    assert payload["notice"]["change"] == case.change
    assert f"tracker ack {case.change}" in payload["notice"]["body"]


@pytest.mark.parametrize("deed", ["seen", "dismissed", "assigned", "reviewed", "muted"])
def test_whoever_takes_a_change_up_acknowledges_it(database: Database, clock: ManualClock, deed: str) -> None:
    """Seen, dismissed, taken on, reviewed or muted: somebody knows of it."""
    case = Case(database, clock)
    now = clock.now()
    with database.write() as session:
        if deed == "reviewed":
            review_clause(session, case.change, 1, Opinion(ClauseClass.MATERIAL, reviewer="Kim"), now)
        elif deed == "muted":
            topics = tuple(Topic(topic) for topic in case.world.changes()[0].topics)
            mute_topics(session, "acme", Muting("Kim", topics), now)
        elif deed == "assigned":
            decide(session, case.change, Decision("Kim", assignee="Kim"), now)
        else:
            decide(session, case.change, Decision("Kim", deed), now)
    assert case.later(5) == 0


def test_a_note_alone_acknowledges_nothing(database: Database, clock: ManualClock) -> None:
    """The change is still new and nobody's."""
    case = Case(database, clock)
    with database.write() as session:
        decide(session, case.change, Decision("Kim", note="hm"), clock.now())
    assert case.later(5) == 1


def test_what_could_not_be_delivered_is_escalated_all_the_more(database: Database, clock: ManualClock) -> None:
    """From the first try on: a mail server that is down must not keep the others from knowing."""
    case = Case(database, clock, down=True)
    assert case.later(4) == 1
    assert len(case.paged) == 1


def test_what_waits_in_quiet_hours_was_not_told_of_yet(database: Database, clock: ManualClock) -> None:
    """The time counts from when the message went out; the escalation itself knows no quiet hours."""
    quiet = QuietHours(days=(0, 1))
    case = Case(database, clock, Route("team", (HOOK,), quiet=quiet, escalation=ROUTE.escalation))
    assert case.later(30) == 0
    assert case.notifier.sent == []
    case.later(24)  # Wednesday
    assert len(case.notifier.sent) == 1
    assert case.later(4) == 1


def test_only_what_is_severe_enough_is_escalated(database: Database, clock: ManualClock) -> None:
    """By default critical changes."""
    severity = Case(database, clock).world.changes()[0].severity
    above = [one for one in Severity if one.rank > Severity(severity).rank]
    if above:
        route = Route("other", (HOOK,), escalation=Escalation(timedelta(hours=1), (PAGER,), above[0]))
        case = World.build(database, clock, routes=(route,))
        clock.advance(timedelta(hours=9))
        assert escalate(case.runtime) == 0


def test_an_old_change_is_left_alone(database: Database, clock: ManualClock) -> None:
    """Whoever switches escalations on is not called for what lies weeks back."""
    case = Case(database, clock)
    assert case.later(24 * 20) == 0
