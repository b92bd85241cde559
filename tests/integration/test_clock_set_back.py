"""A clock that ran a year ahead and was set right holds up no check, alert, digest, host or login."""

from datetime import datetime, time, timedelta

import pytest
from sqlmodel import Session, col, select

from tests.integration.test_digests import day
from tests.world import URL, World, acme, policy
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.sender import Sender
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.daemon.engine.engine import InlineEngine
from tracker.daemon.engine.service import Service
from tracker.errors import DeliveryError, FetchError
from tracker.fetch.robots import Robots
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.history.coverage import digest_states
from tracker.store.people.throttle import begin_try, by_name
from tracker.store.schema.copy_tables import ArchiveCopy
from tracker.store.schema.order_tables import BackfillOrder
from tracker.store.schema.people_tables import LoginFailures
from tracker.store.schema.routing_tables import Alarm
from tracker.store.schema.tables import Change, Delivery, Event, SourceRow
from tracker.store.work.set_back import bring_back
from tracker.store.work.slots import block_slot, blocked_until, defer_slot, slot_begins

HOOK = "json://hooks.example/x"
ROUTES = (Route("ops", (HOOK,)), Route("daily", (HOOK,), digest="daily", digest_at=time(7)))
SOLD = policy(p3="We may sell your personal information to our advertising partners.")
YEAR = timedelta(days=365)


def daemon(database: Database, clock: ManualClock, notifier: MemoryNotifier) -> tuple[World, Service]:
    """Return a daemon that ticks by hand."""
    world = World.build(
        database,
        clock,
        acme(routes=("ops", "daily")),
        routes=ROUTES,
        confirm_delay=1_800,
        host_delay=0,
        time_zone="UTC",
    )
    world.fetcher.serve(URL, policy())

    def work(ident: str) -> None:
        service.planner.work(ident)

    sender = Sender(database, notifier, world.runtime.settings, clock)
    service = Service(world.runtime, sender, InlineEngine(work), owner="we")
    service.plan()
    service.send()
    return world, service


def set_back_events(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(Event.detail).where(Event.kind == "clock_set_back")))


def test_what_was_planned_by_a_wrong_clock_is_done_by_the_right_one(database: Database, clock: ManualClock) -> None:
    """A change found, confirmed and half told in a year that did not come is told now; the next digest comes too."""
    notifier = MemoryNotifier([DeliveryError("busy"), DeliveryError("busy")])
    world, service = daemon(database, clock, notifier)
    clock.advance(YEAR)
    world.fetcher.serve(URL, SOLD)
    service.plan()
    clock.advance(timedelta(minutes=31))
    service.plan()
    service.send()
    assert [one.state for one in world.changes()] == ["confirmed"]
    assert notifier.sent == []
    clock.advance(day(1, 13) - clock.now())
    asked = len(world.fetcher.requests)
    service.plan()
    assert len(world.fetcher.requests) == asked + 1
    service.send()
    told = world.deliveries()
    assert {(one.state, one.sent_at) for one in told} == {("sent", clock.now())}
    assert {one.route for one in told if one.change_id} == {"ops", "daily"}
    assert len(set_back_events(database)) == 1
    service.plan()
    clock.advance(day(2, 8) - clock.now())
    service.send()
    with database.read() as session:
        assert digest_states(session)["daily"] == day(2)
    assert len(set_back_events(database)) == 1


def test_a_change_that_awaits_its_second_look_in_another_year_gets_it_now(
    database: Database, clock: ManualClock
) -> None:
    """The daemon that was started again knows of the wrong clock from what is stored."""
    notifier = MemoryNotifier()
    world, service = daemon(database, clock, notifier)
    clock.advance(YEAR)
    world.fetcher.serve(URL, SOLD)
    service.plan()
    assert [one.state for one in world.changes()] == ["awaiting"]
    clock.advance(-YEAR)
    daemon_again = Service(world.runtime, service.sender, service.engine, owner="we")
    daemon_again.plan()
    assert [one.state for one in world.changes()] == ["confirmed"]
    assert len(set_back_events(database)) == 1


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_change_after_the_clock_was_set_right_is_confirmed_and_told_by_the_right_clock(
    database: Database, clock: ManualClock, by_hand: bool
) -> None:
    """The text before it was seen in a year that did not come, so that its place in the history lies there as well."""
    notifier = MemoryNotifier()
    world, service = daemon(database, clock, notifier)
    clock.advance(YEAR)
    service.plan()
    clock.advance(-YEAR)
    world.fetcher.serve(URL, SOLD)
    if by_hand:  # where no daemon runs, nothing brings back what the wrong clock planned
        world.check(hours=0)
    else:
        service.plan()
    assert [one.state for one in world.changes()] == ["awaiting"]
    clock.advance(timedelta(minutes=31))
    if by_hand:
        world.check(hours=0)
    else:
        service.plan()
    assert [one.state for one in world.changes()] == ["confirmed"]
    service.send()
    assert len(notifier.sent) == 1
    with database.read() as session:
        (row,) = session.exec(select(SourceRow))
        assert (row.last_success_at, row.last_changed_at) == (clock.now(), clock.now() - timedelta(minutes=31))


def test_a_change_that_awaits_another_year_is_confirmed_by_hand_too(database: Database, clock: ManualClock) -> None:
    """`tracker check` has no daemon beside it that brings back what the wrong clock planned."""
    world, _ = daemon(database, clock, MemoryNotifier())
    clock.advance(YEAR)
    world.fetcher.serve(URL, SOLD)
    world.check(hours=0)
    assert [one.state for one in world.changes()] == ["awaiting"]
    clock.advance(-YEAR)
    world.check(hours=0)
    assert [one.state for one in world.changes()] == ["confirmed"]


def test_a_text_held_back_in_another_year_is_accepted_after_its_days(database: Database, clock: ManualClock) -> None:
    """They count from when the clock was set right; so do those after which operators hear of a source."""
    world, service = daemon(database, clock, MemoryNotifier())
    settings = world.runtime.settings
    clock.advance(YEAR)
    service.plan()
    lost = policy(p5="This page is all that is left.")
    world.fetcher.serve(URL, lost.replace("<title>Privacy Policy", "<title>Page not found"))
    assert world.check().outcome is Outcome.HELD
    clock.advance(-YEAR)
    service.plan()
    with database.read() as session:
        row = session.exec(select(SourceRow)).one()
        assert row.last_success_at is not None
        assert row.last_success_at <= clock.now()
    looks = [
        world.check(hours=24 * settings.held_days / (settings.held_checks - 1)) for _ in range(settings.held_checks)
    ]
    assert looks[-1].outcome is not Outcome.HELD


def test_a_clock_that_is_kept_right_changes_nothing(database: Database, clock: ManualClock) -> None:
    """A step of some seconds is none, and nobody is asked early because of it."""
    world, service = daemon(database, clock, MemoryNotifier())
    clock.advance(timedelta(seconds=-50))
    service.plan()
    clock.advance(timedelta(seconds=30))
    service.plan()
    assert len(world.fetcher.requests) == 1
    assert set_back_events(database) == []


def ahead(session: Session, later: datetime) -> None:
    """Leave what a clock leaves that runs ahead."""
    row = session.exec(select(SourceRow)).one()
    row.lease_owner, row.lease_until = "gone", later
    slot_ahead = later.timestamp()
    defer_slot(session, "acme.example", slot_ahead + 1)
    block_slot(session, "acme.example", slot_ahead)
    change = session.exec(select(Change.id)).one()
    session.add(ArchiveCopy(change_id=change, url=URL, next_attempt_at=later, lease_until=later, created_at=later))
    session.add(BackfillOrder(source_key=row.key or 0, asked_at=later, next_try_at=later, note=""))
    session.add(
        Alarm(key="failing:1", kind="failing", together="failing:acme.example", source_key=row.key, raised_at=later)
    )
    for _ in range(6):
        begin_try(session, later, [by_name("kim")])


def test_leases_turns_blocks_orders_and_logins_are_brought_back(database: Database, clock: ManualClock) -> None:
    """What nobody could have planned by the right clock is due; what was told lately counts as told now."""
    world, service = daemon(database, clock, MemoryNotifier())
    clock.advance(timedelta(hours=13))
    world.fetcher.serve(URL, SOLD)
    service.plan()
    clock.advance(timedelta(minutes=31))
    service.plan()
    service.send()
    now = clock.now()
    with database.write() as session:
        ahead(session, now + YEAR)
        (told,) = session.exec(select(Delivery).where(Delivery.state == "sent"))
        told.sent_at = now + YEAR
        (waiting,) = session.exec(select(Delivery).where(Delivery.state == "pending"))
        waiting.lease_until = now + YEAR
        hour = waiting.next_attempt_at
    with database.write() as session:
        assert bring_back(session, now, timedelta(minutes=30)) == 10
    with database.write() as session:
        assert session.exec(select(SourceRow.lease_until)).one() is None
        assert slot_begins(session, "acme.example", float("inf")) == now.timestamp()
        assert blocked_until(session, "acme.example") == 0
        assert session.exec(select(BackfillOrder.next_try_at)).one() == now
        assert session.exec(select(LoginFailures.last_at)).one() == now
        assert session.exec(select(Alarm.raised_at)).one() == now
        rows = session.exec(select(Delivery).order_by(col(Delivery.state))).all()
        assert [(row.lease_until, row.sent_at) for row in rows] == [(None, None), (None, now)]
        assert rows[0].next_attempt_at == hour, "a digest waits for its hour"
        assert session.exec(select(ArchiveCopy.lease_until, ArchiveCopy.next_attempt_at)).one() == (None, now)


def test_what_robots_files_said_in_another_year_is_asked_again(clock: ManualClock) -> None:
    """A robots.txt that could not be had then closes the host for some minutes, not until that year comes."""
    robots = Robots(clock)
    clock.advance(YEAR)
    with pytest.raises(FetchError):
        robots.check(URL, lambda _: (503, b""))
    clock.advance(-YEAR)
    assert robots.check(URL, lambda _: (200, b"User-agent: *\nCrawl-delay: 7")) == 7
    assert robots.check(URL, lambda _: (503, b"")) == 7, "and kept from now on"
