"""What every pacer promises."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.conftest import empty
from tests.world import World
from tracker.clock import ManualClock, SystemClock
from tracker.daemon.engine.maintenance import maintain
from tracker.daemon.engine.pacer import StorePacer
from tracker.errors import ArchiveUnavailable
from tracker.fetch.pacing import Pacer, ThreadPacer
from tracker.store.database import Database, insert_new
from tracker.store.schema.tables import HostSlot
from tracker.store.upkeep.upgrade import create_store
from tracker.store.work import slots

MakePacer = Callable[[ManualClock], Pacer]


@pytest.fixture(params=["threads", "store", pytest.param("postgres", marks=pytest.mark.postgres)])
def make_pacer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakePacer]:
    if request.param == "threads":
        yield ThreadPacer
        return
    if request.param == "postgres":
        with closing(Database(request.getfixturevalue("postgres_url"))) as store:
            empty(store)
            create_store(store)
            yield lambda clock: StorePacer(store, clock)
        return
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite'}")) as store:
        create_store(store)
        yield lambda clock: StorePacer(store, clock)


def turn(pacer: Pacer, key: str, delay: float) -> None:
    pacer.acquire(key, delay)
    pacer.release(key)


def test_starts_keep_the_delay(make_pacer: MakePacer, clock: ManualClock) -> None:
    """The first request goes at once, each further one waits for the rest of the delay."""
    pacer = make_pacer(clock)
    turn(pacer, "a.example", 5)
    clock.advance(timedelta(seconds=2))
    turn(pacer, "a.example", 5)
    turn(pacer, "a.example", 5)
    assert [round(wait, 3) for wait in clock.sleeps] == [3, 5]


def test_a_host_rests_from_the_end_of_a_request(make_pacer: MakePacer, clock: ManualClock) -> None:
    """After a slow answer the whole delay passes; an archive, which counts requests per minute, is paced by starts."""
    pacer = make_pacer(clock)
    for key in ("a.example", "archive:x"):
        pacer.acquire(key, 5)
        clock.advance(timedelta(seconds=30))
        pacer.release(key)
        turn(pacer, key, 5)
    assert [round(wait, 3) for wait in clock.sleeps] == [5]


def test_another_host_does_not_wait(make_pacer: MakePacer, clock: ManualClock) -> None:
    """Each host has a pace of its own."""
    pacer = make_pacer(clock)
    turn(pacer, "a.example", 60)
    turn(pacer, "b.example", 60)
    assert clock.sleeps == []


def test_a_turn_put_off_comes_later(make_pacer: MakePacer, clock: ManualClock) -> None:
    """A host that asks for a longer spacing gets it with the next request."""
    pacer = make_pacer(clock)
    pacer.acquire("a.example", 1)
    pacer.defer("a.example", 20)
    pacer.release("a.example")
    turn(pacer, "a.example", 1)
    assert [round(wait, 3) for wait in clock.sleeps] == [20]


def test_a_block_ends_by_itself_and_is_never_shortened(make_pacer: MakePacer, clock: ManualClock) -> None:
    """The latest end that was ever asked for counts, until it has passed."""
    pacer = make_pacer(clock)
    late = datetime(2026, 3, 1, 13, tzinfo=UTC)
    assert pacer.blocked_until("a.example") is None
    pacer.block("a.example", late)
    pacer.block("a.example", late - timedelta(minutes=30))
    assert pacer.blocked_until("a.example") == late
    assert pacer.blocked_until("b.example") is None
    clock.advance(timedelta(hours=1))
    assert pacer.blocked_until("a.example") is None


def test_one_request_at_a_time(make_pacer: MakePacer, clock: ManualClock) -> None:
    """Whoever has the turn keeps the others out until it is given back."""
    pacer = make_pacer(clock)
    second_in = threading.Event()

    def second() -> None:
        turn(pacer, "a.example", 0)
        second_in.set()

    pacer.acquire("a.example", 0)
    thread = threading.Thread(target=second)
    thread.start()
    assert not second_in.wait(0.05)
    pacer.release("a.example")
    assert second_in.wait(120)
    thread.join()


def test_pacers_of_one_store_share_the_pace(database: Database, clock: ManualClock) -> None:
    """Two processes on one store ask a host as slowly as one, and hear of each other's blocks."""
    first, second = StorePacer(database, clock), StorePacer(database, clock)
    turn(first, "a.example", 5)
    turn(second, "a.example", 5)
    assert [round(wait, 3) for wait in clock.sleeps] == [5]
    first.block("archive:x", clock.now() + timedelta(hours=1))
    assert second.blocked_until("archive:x") == clock.now() + timedelta(hours=1)


@pytest.mark.parametrize("left", [3_600.0, 1e300, float("inf")])
def test_a_slot_that_older_settings_left_is_not_believed(database: Database, clock: ManualClock, left: float) -> None:
    """Nobody waits an hour because the spacing once was one; the longest that a robots.txt may ask for still holds."""
    with database.write() as session:
        session.add(HostSlot(key="a.example", next_at=clock.now().timestamp() + left, blocked_until=0))
    pacer = StorePacer(database, clock, host_delay=1)
    turn(pacer, "a.example", 1)
    turn(pacer, "a.example", 1)
    assert sum(clock.sleeps) == pytest.approx(60 + 1)


def test_a_rest_as_long_as_the_settings_say_is_believed(database: Database, clock: ManualClock) -> None:
    """By those too who would ask sooner, such as a part of a page."""
    pacer = StorePacer(database, clock, host_delay=300)
    turn(pacer, "a.example", 300)
    turn(pacer, "a.example", 0.2)
    assert sum(clock.sleeps) == pytest.approx(300)


def test_many_processes_ask_a_host_no_faster_than_one(database: Database) -> None:
    """Each has a pacer of its own on one store; between any two starts the spacing passes."""
    starts: list[float] = []

    def ask() -> None:
        pacer = StorePacer(database, SystemClock())
        pacer.acquire("a.example", 0.2)
        starts.append(time.monotonic())
        pacer.release("a.example")

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    starts.sort()
    assert len(starts) == 5
    assert all(later - earlier > 0.1 for earlier, later in pairwise(starts))


@pytest.mark.postgres
def test_one_request_at_a_time_across_processes(postgres_url: str) -> None:
    """On PostgreSQL a turn keeps other processes out too, in spite of a spacing that is over."""
    with closing(Database(postgres_url)) as one, closing(Database(postgres_url)) as other:
        empty(one)
        create_store(one)
        first, second = StorePacer(one, SystemClock()), StorePacer(other, SystemClock())
        second_in = threading.Event()

        def wait_for_it() -> None:
            turn(second, "a.example", 0)
            second_in.set()

        first.acquire("a.example", 0)
        thread = threading.Thread(target=wait_for_it)
        thread.start()
        turn(second, "b.example", 0)
        assert not second_in.wait(0.2)
        first.release("a.example")
        assert second_in.wait(120)
        thread.join()


@pytest.mark.postgres
def test_a_turn_ends_with_its_connection(postgres_url: str) -> None:
    """A process that dies gives its turns back; one that only lost its connection goes on with a new one."""
    with closing(Database(postgres_url)) as one, closing(Database(postgres_url)) as other:
        empty(one)
        create_store(one)
        first, second = StorePacer(one, SystemClock()), StorePacer(other, SystemClock())
        first.acquire("a.example", 0)
        with other.engine.connect() as connection:
            connection.exec_driver_sql(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
            )
        turn(second, "a.example", 0)
        first.release("a.example")
        turn(first, "a.example", 0)
        turn(second, "a.example", 0)


def test_nothing_stays_of_a_queue_that_is_over(database: Database, clock: ManualClock) -> None:
    """Of thousands of hosts no lock is kept, and the turn is still one thread's at a time."""
    pacer, inside, met = StorePacer(database, clock), threading.Lock(), []

    def ask() -> None:
        for _ in range(10):
            pacer.acquire("a.example", 0)
            met.append(inside.acquire(blocking=False))
            inside.release()
            pacer.release("a.example")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert met == [True] * 40
    assert pacer._queues == {}


def test_a_slot_forgotten_while_it_is_asked_for_is_made_anew(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Housekeeping may remove it between the look whether it is there and the lock on it."""
    made: list[object] = []

    def insert(*args: Any) -> int:
        made.append(args)
        return insert_new(*args) if len(made) > 1 else 0

    monkeypatch.setattr(slots, "insert_new", insert)
    turn(StorePacer(database, clock), "a.example", 0)
    assert len(made) == 2


def test_housekeeping_forgets_hosts_that_were_asked_long_ago(database: Database, clock: ManualClock) -> None:
    """A day after the last turn or block; one that still counts stays, and so do archives."""
    world = World.build(database, clock)
    pacer = StorePacer(database, clock)
    for key in ("old.example", "blocked.example", "archive:x"):
        turn(pacer, key, 5)
    pacer.block("blocked.example", clock.now() + timedelta(days=3))
    clock.advance(timedelta(hours=25))
    turn(pacer, "new.example", 5)
    maintain(world.runtime.database, world.runtime.settings, world.runtime.clock)
    with database.read() as session:
        assert set(session.exec(select(HostSlot.key))) == {"blocked.example", "archive:x", "new.example"}


def test_a_stop_lets_nobody_through_to_an_archive(database: Database, clock: ManualClock) -> None:
    """A back-fill that is to end neither waits for its queue nor rushes it; hosts of live pages are not concerned."""
    stop = threading.Event()
    pacer = StorePacer(database, clock, stop)
    stop.set()
    for _ in range(2):
        with pytest.raises(ArchiveUnavailable, match="stopped"):
            pacer.acquire("archive:x", 5)
    turn(pacer, "a.example", 5)
