"""A clock that stands still or goes backwards loses no observation and alerts nobody twice, on either database."""

from datetime import timedelta

from sqlmodel import col, select

from tests.world import URL, World, acme, policy
from tracker.clock import ManualClock
from tracker.daemon.checks.confirm import Outcome
from tracker.sources.model import Route
from tracker.store.database import Database
from tracker.store.schema.tables import Observation


def test_a_clock_set_back_keeps_the_order_of_what_was_seen(database: Database, clock: ManualClock) -> None:
    """Checks after the step back are recorded after those before it, and each change is made and told once."""
    route = Route("ops", ("json://127.0.0.1:9/hook",))
    world = World.build(database, clock, acme(routes=("ops",)), routes=(route,), confirm_delay=0)
    world.fetcher.serve(URL, policy())
    assert world.check().outcome is Outcome.NEW
    assert world.check().outcome is Outcome.UNCHANGED
    world.clock.advance(timedelta(hours=-30))
    world.fetcher.serve(URL, policy(p5="We keep server logs for 13 months and delete them after that."))
    assert world.check(hours=0, at_once=True).outcome is Outcome.NEW
    assert [world.check(hours=0, at_once=True).outcome for _ in range(3)] == [Outcome.UNCHANGED] * 3
    assert world.check(hours=100, at_once=True).outcome is Outcome.UNCHANGED
    assert [(change.state, change.alert) for change in world.changes()] == [("confirmed", True)]
    assert len(world.deliveries()) == 1
    with database.read() as session:
        seen = session.exec(select(Observation.version_id).order_by(col(Observation.observed_at))).all()
    assert [seen.count(version) for version in dict.fromkeys(seen)] == [2, 5]


def test_two_texts_in_the_same_instant_are_both_observed(database: Database, clock: ManualClock) -> None:
    """The second text is no repetition of the first only because the clock did not move."""
    world = World.build(database, clock, confirm_delay=0)
    world.fetcher.serve(URL, policy())
    world.check()
    world.fetcher.serve(URL, policy(p5="We keep server logs for 13 months and delete them after that."))
    assert world.check(hours=0, at_once=True).outcome is Outcome.NEW
    assert world.counts() == (2, 2)
