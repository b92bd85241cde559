"""The embedded daemon's deliveries: a destination that hangs delays no other, and nothing is lost or sent twice."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from tests.integration.test_sender import HOOK, prepare, states
from tests.integration.test_store_faults import read_only
from tests.world import acme
from tracker.alerts.destinations import Destination
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.outbox import plan_deliveries
from tracker.alerts.render import Rendered
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.daemon.engine.courier import Courier
from tracker.settings import Settings
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.schema.tables import Change
from tracker.store.upkeep.upgrade import create_store


class Hanging(MemoryNotifier):
    """Takes the connection of some addresses and does not answer before it is let go."""

    def __init__(self, *addresses: str) -> None:
        super().__init__()
        self.hung = set(addresses)
        self.go = threading.Event()
        self.entered = threading.Semaphore(0)
        self.accepted = threading.Semaphore(0)

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        if destination.url in self.hung and not self.go.is_set():
            self.entered.release()
            assert self.go.wait(120)
        handle = super().send(destination, message, key, thread=thread)
        self.accepted.release()
        return handle


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What is to be let go and ended whatever happens."""
    with ExitStack() as stack:
        yield stack


def send_by(stack: ExitStack, database: Database, clock: ManualClock, notifier: Hanging, places: int = 4) -> Courier:
    courier = Courier(Sender(database, notifier, Settings(), clock), places=places, patience=0.05)
    stack.callback(courier.drain, 60)
    stack.callback(notifier.go.set)
    return courier


def enter(database: Database, clock: ManualClock, route: Route) -> None:
    """Plan deliveries of what is stored for another route."""
    with database.write() as session:
        for change in session.exec(select(Change).order_by(col(Change.id))):
            plan_deliveries(session, (route,), acme(), source_row(session, "acme"), change, clock.now(), Settings())


def arrived(notifier: Hanging, count: int) -> bool:
    return all(notifier.accepted.acquire(timeout=60) for _ in range(count))


def test_what_is_due_later_does_not_wait_for_one_that_hangs(
    database: Database, clock: ManualClock, stack: ExitStack
) -> None:
    """A tick ends at once; the next ones send to others, and to the one that hangs nothing more meanwhile."""
    hung, fine = Route("hung", ("json://hung.example/a",)), Route("fine", (HOOK,))
    prepare(database, clock, hung, 3)
    notifier = Hanging("json://hung.example/a")
    courier = send_by(stack, database, clock, notifier)
    courier.send_due([hung, fine])
    assert notifier.entered.acquire(timeout=60)
    enter(database, clock, fine)
    for _ in range(3):
        courier.send_due([hung, fine])
    assert arrived(notifier, 3)
    assert {one.url for one in notifier.sent} == {HOOK}
    assert not notifier.entered.acquire(blocking=False)
    notifier.go.set()
    assert arrived(notifier, 3)
    assert courier.drain(60)
    assert states(database) == ["sent"] * 6
    assert len({one.key for one in notifier.sent}) == len(notifier.sent) == 6


def test_many_that_hang_leave_places_to_others(database: Database, clock: ManualClock, stack: ExitStack) -> None:
    """More hung destinations than there are places give theirs to those that answer."""
    hung = Route("hung", tuple(f"json://hung{number}.example/a" for number in range(6)))
    fine = Route("later", (HOOK,))
    prepare(database, clock, hung, 1)
    notifier = Hanging(*hung.urls)
    courier = send_by(stack, database, clock, notifier, places=2)
    courier.send_due([hung, fine])
    enter(database, clock, fine)
    courier.send_due([hung, fine])
    assert arrived(notifier, 1)
    assert [one.url for one in notifier.sent] == [HOOK]
    notifier.go.set()
    assert arrived(notifier, 6)


def test_a_stop_begins_nothing_more_and_loses_nothing(database: Database, clock: ManualClock, stack: ExitStack) -> None:
    """What hangs at the deadline keeps its lease; what had not begun is due for the next process."""
    route = Route("team", ("json://hung.example/a", HOOK))
    prepare(database, clock, route, 1)
    notifier = Hanging(*route.urls)
    courier = send_by(stack, database, clock, notifier)
    courier.send_due([route])
    assert all(notifier.entered.acquire(timeout=60) for _ in range(2))
    enter(database, clock, Route("more", (HOOK,)))
    assert not courier.drain(0)
    courier.send_due([route, Route("more", (HOOK,))])
    notifier.go.set()
    assert courier.drain(60)
    assert states(database) == ["pending", "sent", "sent"]


def test_a_store_that_refuses_in_the_middle_is_told_to_the_next_tick(
    tmp_path: Path, clock: ManualClock, stack: ExitStack
) -> None:
    """The tick then lets nothing begin; what was accepted meanwhile is marked before anything else is sent."""
    database = stack.enter_context(closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")))
    create_store(database)
    route = Route("team", (HOOK,))
    prepare(database, clock, route, 1)
    notifier = Hanging(HOOK)
    courier = send_by(stack, database, clock, notifier)
    courier.send_due([route])
    assert notifier.entered.acquire(timeout=60)
    with read_only(database):
        notifier.go.set()
        assert arrived(notifier, 1)
        assert courier.drain(60)
        with pytest.raises(OperationalError):
            courier.send_due([route])
    assert states(database) == ["pending"]
    courier.send_due([route])
    assert states(database) == ["sent"]
    assert len(notifier.sent) == 1
