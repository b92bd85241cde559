"""What a destination says decides when a message is tried again, and threads are kept from one message to the next."""

from datetime import timedelta

from sqlmodel import col, select

from tests.integration.filling import fill
from tests.world import acme
from tracker.alerts.destinations import Destination
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.outbox import plan_deliveries
from tracker.alerts.render import Rendered
from tracker.alerts.sender import Sender, SendReport
from tracker.clock import ManualClock
from tracker.compare.model import Verdict
from tracker.errors import DeliveryError
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import Change, Delivery, Event
from tracker.words import Direction, Severity, Topic

HOOK = "json://hooks.example/t0ken"
BOT = "slack://xoxb-123456-123456-TokenTokenToken/#privacy"
VERDICT = Verdict(True, Severity.HIGH, (Topic.SALE,), Direction.WEAKER, (), "en", "1", reasons=("It sells now.",))


class SlowNotifier(MemoryNotifier):
    """Takes its time for every message."""

    def __init__(self, clock: ManualClock, took: timedelta) -> None:
        super().__init__()
        self._clock = clock
        self._took = took

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        self._clock.advance(self._took)
        return super().send(destination, message, key, thread=thread)


def prepare(database: Database, clock: ManualClock, route: Route, changes: int) -> None:
    """Store changes and plan their deliveries."""
    fill(database, changes + 1)
    with database.write() as session:
        for change in session.exec(select(Change).order_by(col(Change.id))):
            change.verdict = VERDICT.to_json()
            change.severity = "high"
            change.summary = "It sells now."
            session.add(change)
            plan_deliveries(session, (route,), acme(), source_row(session, "acme"), change, clock.now(), Settings())


def states(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.exec(select(Delivery.state)))


def test_a_destination_that_asks_us_to_wait_is_left_alone_so_long(database: Database, clock: ManualClock) -> None:
    """The message and those behind it wait for the time it named, even where our own wait is shorter; none is lost."""
    route = Route("team", (HOOK,))
    prepare(database, clock, route, 3)
    notifier = MemoryNotifier([DeliveryError("429", retry_after=600)])
    sender = Sender(database, notifier, Settings(), clock)
    assert sender.send_due([route]) == SendReport(failed=1)
    for _ in range(9):
        clock.advance(timedelta(seconds=66))
        assert sender.send_due([route]) == SendReport()
    clock.advance(timedelta(seconds=6))
    assert sender.send_due([route]) == SendReport(sent=3)
    assert len({sent.key for sent in notifier.sent}) == 3


def test_a_short_wait_does_not_shorten_ours(database: Database, clock: ManualClock) -> None:
    """A destination that says "in a second" for ever is asked with doubling waits all the same."""
    route = Route("team", (HOOK,))
    prepare(database, clock, route, 1)
    sender = Sender(database, MemoryNotifier([DeliveryError("503", retry_after=1)] * 9), Settings(), clock)
    sender.send_due([route])
    clock.advance(timedelta(seconds=59))
    assert sender.send_due([route]) == SendReport()
    clock.advance(timedelta(seconds=1))
    assert sender.send_due([route]) == SendReport(failed=1)


def test_what_no_further_try_turns_is_dead_at_once_and_told(database: Database, clock: ManualClock) -> None:
    """One try, an event for the operator, and the messages behind it are tried for themselves."""
    route = Route("team", (HOOK,))
    prepare(database, clock, route, 2)
    notifier = MemoryNotifier([DeliveryError("webhook: gone for good (410)", for_good=True)])
    sender = Sender(database, notifier, Settings(), clock)
    assert sender.send_due([route]) == SendReport(sent=1, dead=1)
    assert states(database) == ["dead", "sent"]
    with database.read() as session:
        (event,) = session.exec(select(Event).where(Event.kind == "delivery_dead"))
    assert "after 1 try: webhook: gone for good (410)" in event.detail


def test_later_messages_on_a_source_answer_the_thread_of_the_first(database: Database, clock: ManualClock) -> None:
    """What the destination called the thread outlives the process."""
    route = Route("team", (BOT,))
    prepare(database, clock, route, 2)
    notifier = MemoryNotifier([None, "busy"])
    Sender(database, notifier, Settings(), clock).send_due([route])
    clock.advance(timedelta(minutes=2))
    Sender(database, notifier, Settings(), clock).send_due([route])
    first, second = notifier.sent
    assert (first.thread, second.thread) == (None, first.key)


def test_a_slow_destination_ends_its_round_and_goes_on_in_the_next(database: Database, clock: ManualClock) -> None:
    """It gets no second message once the round is over, else all others would wait for its tenth; none is lost."""
    route = Route("team", (HOOK,))
    prepare(database, clock, route, 4)
    notifier = SlowNotifier(clock, timedelta(seconds=6))
    sender = Sender(database, notifier, Settings(), clock)
    assert sender.send_due([route]) == SendReport(sent=2)
    assert states(database) == ["pending", "pending", "sent", "sent"]
    assert sender.send_due([route]) == SendReport(sent=2)
    assert len({sent.key for sent in notifier.sent}) == 4


def test_the_slowest_destination_gets_one_message_a_round(database: Database, clock: ManualClock) -> None:
    """However long each takes, it gets there."""
    route = Route("team", (HOOK,))
    prepare(database, clock, route, 2)
    sender = Sender(database, SlowNotifier(clock, timedelta(seconds=90)), Settings(), clock)
    assert [sender.send_due([route]) for _ in range(3)] == [SendReport(sent=1), SendReport(sent=1), SendReport()]
