"""The distributed engine over a real PostgreSQL: what it refuses, what it frees, who leads."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from procrastinate.schema import SchemaManager
from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import empty
from tests.integration.test_sender import prepare
from tests.world import URL, World, acme, policy
from tracker.alerts.destinations import Destination
from tracker.alerts.notifier import MemoryNotifier
from tracker.alerts.outbox import LEASE, Lane, plan_deliveries
from tracker.alerts.render import Rendered
from tracker.alerts.sender import Sender, SendReport
from tracker.clock import ManualClock
from tracker.daemon.engine.cluster import OWNER, ClusterEngine, Queue, Task, job_app, places_of
from tracker.daemon.engine.maintenance import maintain
from tracker.daemon.engine.planner import LEASE_SECONDS, Planner
from tracker.daemon.engine.worker import Worker
from tracker.daemon.past.backfill import Span
from tracker.daemon.past.orders import carry_out, order_backfill
from tracker.errors import ArchiveUnavailable, SchemaError, SettingsError, UsageError
from tracker.fetch.archive_memory import InMemoryArchive
from tracker.settings import Settings
from tracker.sources.model import Backfill, Route, SourcePage
from tracker.store.database import Database
from tracker.store.history.sources import source_row
from tracker.store.lock import Leadership
from tracker.store.schema.jobs_schema import require_jobs, upgrade_jobs
from tracker.store.schema.tables import Change, Delivery
from tracker.store.upkeep.upgrade import create_store, upgrade_store
from tracker.store.work.jobs import queue_job, queue_state
from tracker.store.work.orders import due_orders, open_order, orders, settle_order

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(postgres_url: str) -> Iterator[Database]:
    """An empty store with the tables of the job queue."""
    with closing(Database(postgres_url)) as database:
        empty(database)
        create_store(database)
        upgrade_jobs(database)
        yield database


def engine_of(world: World) -> ClusterEngine:
    return ClusterEngine(world.runtime.database, world.runtime.settings, world.clock, LEASE_SECONDS)


def test_sqlite_is_refused_with_what_to_set() -> None:
    """A cluster over an SQLite file would not work across machines, so it is told at once."""
    with closing(Database("sqlite://")) as database, pytest.raises(SettingsError, match="TRACKER_DATABASE_URL"):
        require_jobs(database)


def test_a_missing_extra_is_named(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without procrastinate the user is told what to install, and `tracker db upgrade` makes nothing."""
    monkeypatch.setattr("tracker.store.schema.jobs_schema.find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match="extra `cluster`"):
        require_jobs(store)
    assert not upgrade_jobs(store)


def test_the_queue_is_made_and_kept_up_to_date_by_db_upgrade(postgres_url: str) -> None:
    """Missing or old tables are refused with the command that makes them; the command may run again and again."""
    settings = Settings(database_url=SecretStr(postgres_url))
    with closing(Database(postgres_url)) as database:
        empty(database)
        create_store(database)
        with pytest.raises(SchemaError, match="missing: run `tracker db upgrade`"):
            require_jobs(database)
        upgrade_store(settings, NOW)
        require_jobs(database)
        assert not upgrade_jobs(database)
        for applied, refusal in (("02.00.00", "older than"), ("99.00.00", "newer procrastinate")):
            with database.engine.begin() as connection:
                connection.execute(text(f"comment on table procrastinate_jobs is '{applied}'"))
            with pytest.raises(SchemaError, match=refusal):
                require_jobs(database)


def test_an_older_queue_is_brought_up_to_date(store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts of procrastinate that came after the one applied last are applied, each once and in order."""
    for script in Path(SchemaManager.get_migrations_path()).glob("*.sql"):
        (tmp_path / script.name).touch()
    (tmp_path / "98.00.00_01_pre.sql").write_text("create table later (what text); -- with a % in it")
    (tmp_path / "98.00.00_50_post.sql").write_text("insert into later values ('once'); select 1;")
    monkeypatch.setattr(SchemaManager, "get_migrations_path", lambda: str(tmp_path))
    assert upgrade_jobs(store)
    assert not upgrade_jobs(store)
    require_jobs(store)
    with store.engine.connect() as connection:
        assert connection.execute(text("select what from later")).scalars().all() == ["once"]


def test_a_check_whose_job_was_lost_is_free_again(store: Database, clock: ManualClock) -> None:
    """What has no job, or none with a living worker, is due again after twenty seconds; a healthy one is not."""
    sources = [acme(id=ident, pages=(SourcePage(f"https://{ident}.example/"),)) for ident in ("lost", "dead", "fine")]
    world = World.build(store, clock, *sources)
    engine = engine_of(world)
    assert Planner(world.runtime, OWNER).plan(engine) == 3
    with store.engine.begin() as connection:
        connection.execute(text("delete from procrastinate_jobs where args ->> 'source_id' = 'lost'"))
        taken = text(
            "with worker as (insert into procrastinate_workers (last_heartbeat) "
            "values (now() - make_interval(secs => :ago)) returning id) update procrastinate_jobs "
            "set status = 'doing', worker_id = worker.id from worker where args ->> 'source_id' = :ident"
        )
        connection.execute(taken, {"ago": 21, "ident": "dead"})
        connection.execute(taken, {"ago": 5, "ident": "fine"})
    assert engine.tend() == 0
    clock.advance(timedelta(seconds=21))
    assert engine.tend() == 2
    with store.read() as session:
        leased = {ident: source_row(session, ident).lease_owner for ident in ("lost", "dead", "fine")}
    assert leased == {"lost": None, "dead": None, "fine": OWNER}
    assert Planner(world.runtime, OWNER).plan(engine) == 2


def test_two_planners_claim_and_queue_each_check_once(store: Database, clock: ManualClock) -> None:
    """Planners started by mistake share what is due; nothing is queued twice."""
    sources = [acme(id=f"s{n}", pages=(SourcePage(f"https://h{n}.example/"),)) for n in range(20)]
    world = World.build(store, clock, *sources)
    handed = [Planner(world.runtime, OWNER).plan(engine_of(world)) for _ in range(2)]
    assert handed == [20, 0]
    with store.read() as session:
        assert queue_state(session).waiting == {"check": 20}


def test_hosts_that_did_not_answer_wait_in_a_queue_of_their_own(store: Database, clock: ManualClock) -> None:
    """What timed out last time goes to the places for slow hosts."""
    sources = [acme(id=ident, pages=(SourcePage(f"https://{ident}.example/"),)) for ident in ("quick", "hangs")]
    world = World.build(store, clock, *sources)
    with store.write() as session:
        row = source_row(session, "hangs")
        row.failures, row.last_failure = 1, "timeout"
    assert Planner(world.runtime, OWNER).plan(engine_of(world)) == 2
    with store.read() as session:
        assert queue_state(session).waiting == {"check": 1, "slow": 1}


def test_one_planner_leads_and_another_takes_over(store: Database, postgres_url: str) -> None:
    """While the first holds the lead the second stands by; when the first's connection ends it takes over."""
    with closing(Database(postgres_url)) as other:
        first, second = Leadership(store), Leadership(other)
        assert (first.hold(), second.hold(), first.hold(), second.hold()) == (True, False, True, False)
        first.give_up()
        assert second.hold()
        assert not first.hold()


def test_an_ordered_backfill_is_queued_until_it_is_done(store: Database, clock: ManualClock) -> None:
    """An archive that closes its door puts the order off, a later try ends it; it is queued once at a time."""
    world = World.build(store, clock, acme(backfill=Backfill(archives=("memory",))))
    archive = world.archives["memory"] = InMemoryArchive("memory")
    for month in (1, 2):
        archive.add(URL, datetime(2024, month, 1, tzinfo=UTC), policy(p5=f"We keep logs for {month} days.").encode())
    engine = engine_of(world)
    order_backfill(world.runtime, world.runtime.source("acme"), Span())
    engine.tend()
    engine.tend()
    with store.read() as session:
        assert queue_state(session).waiting == {"backfill": 1}
    archive.fail(ArchiveUnavailable("closed"))
    carry_out(world.runtime, "acme", lambda: False)
    with store.read() as session:
        [waiting] = orders(session)
        assert (waiting.order.attempts, waiting.order.note) == (1, "memory: closed")
        assert due_orders(session, clock.now(), 10) == []
        assert due_orders(session, clock.now() + timedelta(hours=1), 10) == ["acme"]
    carry_out(world.runtime, "acme", lambda: True)
    carry_out(world.runtime, "acme", lambda: False)
    with store.read() as session:
        [done] = orders(session)
        assert done.order.finished_at is not None
        assert done.order.note == "2 stored"
    assert world.counts() == (2, 2)
    played = list(archive.played)
    carry_out(world.runtime, "acme", lambda: False)
    assert archive.played == played


def test_an_order_given_anew_meanwhile_is_not_marked_as_done(store: Database, clock: ManualClock) -> None:
    """What a person asked for last is carried out, whatever an older order came to."""
    world = World.build(store, clock, acme())
    order_backfill(world.runtime, world.runtime.source("acme"), Span())
    with store.write() as session:
        key = source_row(session, "acme").key or 0
        first = open_order(session, key)
        assert first is not None
    clock.advance(timedelta(minutes=1))
    order_backfill(world.runtime, world.runtime.source("acme"), Span(since=date(2020, 1, 1)))
    with store.write() as session:
        settle_order(session, first, "done", finished_at=clock.now(), next_try_at=clock.now())
        [standing] = orders(session)
        assert (standing.order.finished_at, standing.order.since) == (None, "2020-01-01")


def test_without_a_cluster_nobody_would_carry_an_order_out(tmp_path: Path, clock: ManualClock) -> None:
    """On SQLite an order is refused."""
    with closing(Database(f"sqlite:///{tmp_path / 's.sqlite'}")) as database:
        create_store(database)
        world = World.build(database, clock)
        with pytest.raises(UsageError, match="cluster"):
            order_backfill(world.runtime, world.runtime.source("acme"), Span())


def test_a_delivery_whose_worker_died_is_due_again_at_once(store: Database, clock: ManualClock) -> None:
    """A message that a dead worker had claimed does not wait for its lease; one claimed just now is its sender's.

    Neither does a death end the lease of another worker, which sends to another destination.
    """
    world = World.build(store, clock)
    engine = engine_of(world)
    values: dict[str, Any] = {
        "route": "r",
        "created_at": clock.now(),
        "next_attempt_at": clock.now(),
    }
    with store.write() as session:
        for key, destination, ago in (("dead", "d", 30), ("live", "d", 1), ("other", "e", 30)):
            lease = clock.now() + LEASE - timedelta(seconds=ago)
            session.add(Delivery(idempotency_key=key, destination=destination, lease_until=lease, **values))
        told = {"route": "r", "destination": "d"}
        queue_job(session, job_app(store.engine), Task.DELIVER, Queue.DELIVER, "lane", "lane", told)
        queue_job(
            session, job_app(store.engine), Task.DELIVER, Queue.DELIVER, "deliver", "deliver", {}
        )  # of a release before
        session.flush()
        session.connection().execute(text("update procrastinate_jobs set status = 'doing'"))
    engine.tend()
    freed = {row.idempotency_key: row.lease_until is None for row in world.deliveries()}
    assert freed == {"dead": True, "live": False, "other": False}


class Hanging(MemoryNotifier):
    """Does not answer at one address before it is let go."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.go = threading.Event()
        self.entered = threading.Event()
        self._address = address

    def send(self, destination: Destination, message: Rendered, key: str, *, thread: str | None = None) -> str | None:
        if destination.url == self._address:
            self.entered.set()
            assert self.go.wait(120)
        return super().send(destination, message, key, thread=thread)


def test_a_destination_that_hangs_delays_no_other(store: Database, clock: ManualClock) -> None:
    """Its lane holds one place of a worker; what became due afterwards goes out, and each message once."""
    hung, fine = Route("hung", ("json://hung.example/a",)), Route("fine", ("json://fine.example/a",))
    prepare(store, clock, hung, 2)
    world = World.build(store, clock, routes=(hung, fine))
    notifier = Hanging("json://hung.example/a")
    sender = Sender(store, notifier, world.runtime.settings, clock)
    sent, ended = threading.Semaphore(0), threading.Semaphore(0)

    def deliver(route: str, destination: str) -> None:
        report = sender.carry_out(sender.errand(Lane(route, destination), world.runtime.routes))
        for _ in range(report.sent):
            (sent if route == "fine" else ended).release()

    worker = Worker(store, {Task.DELIVER: deliver}, places_of(1, ["deliver"]))
    worker.start()
    engine = engine_of(world)
    engine.send_due(world.runtime.routes)
    assert notifier.entered.wait(60)
    with store.write() as session:
        for change in session.exec(select(Change)):
            plan_deliveries(session, (fine,), acme(), source_row(session, "acme"), change, clock.now(), Settings())
    engine.send_due(world.runtime.routes)
    assert all(sent.acquire(timeout=60) for _ in range(2))
    assert [one.url for one in notifier.sent] == ["json://fine.example/a"] * 2
    notifier.go.set()
    assert all(ended.acquire(timeout=60) for _ in range(2))
    assert worker.stop(60)
    assert len({one.key for one in notifier.sent}) == len(notifier.sent) == 4


def test_lanes_whose_message_failed_have_a_queue_of_their_own(store: Database, clock: ManualClock) -> None:
    """What failed before takes no place of what is tried for the first time; a lane is queued once."""
    bad, fine = Route("bad", ("json://bad.example/a",)), Route("fine", ("json://fine.example/a",))
    prepare(store, clock, bad, 1)
    world = World.build(store, clock, routes=(bad, fine))
    notifier = MemoryNotifier(["down"])
    assert Sender(store, notifier, Settings(), clock).send_due((bad,)) == SendReport(failed=1)
    clock.advance(timedelta(minutes=2))
    with store.write() as session:
        (change,) = session.exec(select(Change)).all()
        plan_deliveries(session, (fine,), acme(), source_row(session, "acme"), change, clock.now(), Settings())
    engine = engine_of(world)
    for _ in range(2):
        engine.send_due(world.runtime.routes)
    with store.read() as session:
        waiting = queue_state(session).waiting
    assert waiting == {Queue.DELIVER: 1, Queue.REDELIVER: 1}
    assert Queue.REDELIVER in places_of(1, ["deliver"])
    assert Queue.REDELIVER not in places_of(1, ["check"])


def test_housekeeping_drops_jobs_that_ended_long_ago(store: Database, clock: ManualClock) -> None:
    """What waits, and what ended lately, stays."""
    world = World.build(store, clock)
    told = {"waits": ("todo", 99), "late": ("failed", 29), "old": ("failed", 31)}
    with store.write() as session:
        for name, (status, days) in told.items():
            queue_job(session, job_app(store.engine), name, "check", name, name, {})
            change = text(
                "update procrastinate_jobs set status = cast(:status as procrastinate_job_status) where lock = :name"
            )
            session.connection().execute(change, {"status": status, "name": name})
            age = text(
                "update procrastinate_events set at = now() - make_interval(days => :days) "
                "where job_id = (select id from procrastinate_jobs where lock = :name)"
            )
            session.connection().execute(age, {"days": days, "name": name})
    maintain(world.runtime.database, world.runtime.settings, world.runtime.clock)
    with store.engine.connect() as connection:
        left = connection.execute(text("select lock from procrastinate_jobs order by lock")).scalars().all()
    assert left == ["late", "waits"]


def test_housekeeping_needs_no_queue(postgres_url: str, clock: ManualClock) -> None:
    """A store on PostgreSQL that no cluster uses has no such tables."""
    with closing(Database(postgres_url)) as database:
        empty(database)
        create_store(database)
        runtime = World.build(database, clock).runtime
        maintain(database, runtime.settings, clock)


def test_a_worker_without_a_queue_tries_again_after_a_second_then_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits double up to half a minute."""
    waits: list[float] = []
    enough = threading.Event()

    async def out_of_reach(*_: object) -> None:
        raise OSError

    async def note(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 7:
            enough.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(Worker, "_serve_queues", out_of_reach)
    monkeypatch.setattr(asyncio, "sleep", note)
    worker = Worker(cast(Any, None), {}, places_of(1, ["check"]))
    worker.start()
    assert enough.wait(60)
    assert worker.stop(60)
    assert waits == [1, 2, 4, 8, 16, 30, 30]
