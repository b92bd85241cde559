"""What every engine promises."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.conftest import empty
from tracker.clock import SystemClock
from tracker.daemon.engine.engine import Engine, InlineEngine, Job, ThreadEngine
from tracker.settings import Settings
from tracker.store.database import Database
from tracker.store.schema.jobs_schema import upgrade_jobs
from tracker.store.upkeep.upgrade import create_store

MakeEngine = Callable[[Job], Engine]


@pytest.fixture(params=["inline", "threads", pytest.param("cluster", marks=pytest.mark.postgres)])
def make_engine(request: pytest.FixtureRequest) -> Iterator[MakeEngine]:
    """Make an engine whose checks are a test's own function."""
    if request.param == "inline":
        yield InlineEngine
    elif request.param == "threads":
        yield lambda job: ThreadEngine(job, threads=4)
    else:
        with ExitStack() as stack:
            yield lambda job: clustered(job, stack, request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["threads", pytest.param("cluster", marks=pytest.mark.postgres)])
def make_busy_engine(request: pytest.FixtureRequest) -> Iterator[MakeEngine]:
    """Make an engine that works side by side, with eight places; what it was given is done or dropped at the end."""
    if request.param == "threads":
        yield lambda job: ThreadEngine(job, threads=8)
    else:
        with ExitStack() as stack:
            yield lambda job: clustered(job, stack, request.getfixturevalue("postgres_url"), workers=2)


def clustered(job: Job, stack: ExitStack, url: str, workers: int = 1) -> Engine:
    """Return the planner's side of a cluster; so many workers with four places each do the job."""
    from tracker.daemon.engine.cluster import ClusterEngine, Task, places_of
    from tracker.daemon.engine.worker import Worker

    def check(source_id: str) -> None:
        job(source_id)

    database = stack.enter_context(closing(Database(url)))
    empty(database)
    create_store(database)
    upgrade_jobs(database)
    for _ in range(workers):
        worker = Worker(database, {Task.CHECK: check}, places_of(4, ["check"]))
        worker.start()
        stack.callback(worker.stop, 30)
    return ClusterEngine(database, Settings(), SystemClock(), lease_seconds=60)


def test_every_check_taken_is_done(make_engine: MakeEngine) -> None:
    """What `enqueue` says yes to is worked on before `drain` returns, if nothing is left waiting."""
    done: set[str] = set()
    all_done = threading.Event()

    def job(ident: str) -> None:
        done.add(ident)
        if len(done) == 20:
            all_done.set()

    engine = make_engine(job)
    assert all(engine.enqueue(f"s{number}", f"host{number % 3}") for number in range(20))
    assert all_done.wait(120)
    assert engine.drain(120)
    assert done == {f"s{number}" for number in range(20)}


def test_a_job_that_raises_does_not_stop_the_next(make_engine: MakeEngine) -> None:
    """One broken check takes nothing with it."""
    done = threading.Event()

    def job(ident: str) -> None:
        if ident == "bad":
            raise RuntimeError("boom")
        done.set()

    engine = make_engine(job)
    engine.enqueue("bad", "host")
    engine.enqueue("good", "host")
    assert done.wait(120)
    assert engine.drain(120)


def test_nothing_is_taken_after_drain(make_engine: MakeEngine) -> None:
    """A draining engine refuses, so that the planner leaves the source for the next process."""
    engine = make_engine(lambda _ident: None)
    engine.drain(1)
    assert not engine.enqueue("late", "host")


def test_one_host_is_never_worked_on_twice_at_once(make_busy_engine: MakeEngine) -> None:
    """Checks of one host follow each other even though places are free."""
    lock = threading.Lock()
    running: list[str] = []
    overlaps: list[str] = []
    done: list[str] = []
    all_done = threading.Event()
    pause = threading.Event()

    def job(ident: str) -> None:
        host = ident.split("/")[0]
        with lock:
            if host in running:
                overlaps.append(ident)
            running.append(host)
        pause.wait(0.005)
        with lock:
            running.remove(host)
            done.append(ident)
            if len(done) == 40:
                all_done.set()

    engine = make_busy_engine(job)
    for number in range(40):
        assert engine.enqueue(f"host{number % 4}/{number}", f"host{number % 4}")
    assert all_done.wait(120)
    assert overlaps == []
    assert engine.drain(120)


def test_a_host_that_hangs_delays_no_other_host(make_busy_engine: MakeEngine) -> None:
    """Other hosts go on while one never answers."""
    release = threading.Event()
    done: set[str] = set()
    others_done = threading.Event()

    def job(ident: str) -> None:
        if ident.startswith("slow"):
            release.wait(240)
            return
        done.add(ident)
        if len(done) == 10:
            others_done.set()

    engine = make_busy_engine(job)
    for number in range(10):
        engine.enqueue(f"slow{number}", "slow.example")
    for number in range(10):
        engine.enqueue(f"quick{number}", f"quick{number}.example")
    assert others_done.wait(120)
    release.set()
    assert engine.drain(120)


def test_a_source_that_waits_is_not_taken_twice(make_busy_engine: MakeEngine) -> None:
    """The same source waits once; its host counts as busy meanwhile."""
    release = threading.Event()
    started = threading.Event()

    def job(_ident: str) -> None:
        started.set()
        release.wait(240)

    engine = make_busy_engine(job)
    assert engine.enqueue("first", "host")
    assert started.wait(120)
    assert engine.enqueue("a", "host")
    assert not engine.enqueue("a", "host")
    assert "host" in engine.busy()
    assert "other" not in engine.busy()
    release.set()
    assert engine.drain(120)


def test_hosts_that_hang_leave_places_to_others() -> None:
    """More hanging hosts than threads: a check that takes long gives its place back, and its host a slow place next."""
    release = threading.Event()
    quick: set[str] = set()
    done = threading.Event()

    def job(ident: str) -> None:
        if ident.startswith("slow"):
            release.wait(240)
            return
        quick.add(ident)
        if len(quick) == 40:
            done.set()

    engine = ThreadEngine(job, threads=2, patience=0.05)
    for number in range(6):
        engine.enqueue(f"slow{number}", f"slow{number}.example")
    for number in range(40):
        engine.enqueue(f"quick{number}", f"quick{number % 5}.example")
    assert done.wait(120)
    release.set()
    engine.finish()


def test_hosts_that_were_slow_share_places_of_their_own() -> None:
    """Hosts whose last check was slow never run more at once than there are threads, and take no room from others."""
    lock = threading.Lock()
    together: list[int] = []
    running: list[str] = []
    release = threading.Event()

    def job(ident: str) -> None:
        with lock:
            running.append(ident)
            together.append(len(running))
        release.wait(0.2)
        with lock:
            running.remove(ident)

    engine = ThreadEngine(job, threads=2, patience=0.05)
    for turn in range(2):
        for number in range(8):
            engine.enqueue(f"{turn}/{number}", f"h{number}.example")
    while engine.free() < 32:  # until each host is known to be slow
        release.wait(0.01)
    assert {f"h{number}.example" for number in range(8)} <= set(engine.busy())  # type: ignore[call-overload]
    del together[:]
    engine.finish()
    assert max(together) <= 2 + 2  # what ran when the last host was found out, and the slow places


def test_no_thread_waits_for_the_turn_of_a_host() -> None:
    """Between two checks of a host lies its rest, in which the one thread serves others."""
    order: list[str] = []
    engine = ThreadEngine(order.append, threads=1, rest=1.5)
    for ident in ("a/1", "a/2", "b/1", "c/1"):
        engine.enqueue(ident, ident.split("/")[0])
    engine.finish()
    assert order == ["a/1", "b/1", "c/1", "a/2"]


def test_drain_gives_up_at_its_deadline() -> None:
    """A check that does not end in time is left behind; drain says so."""
    release = threading.Event()
    started = threading.Event()

    def job(_ident: str) -> None:
        started.set()
        release.wait(240)

    engine = ThreadEngine(job, threads=1)
    engine.enqueue("a", "host")
    assert started.wait(120)
    assert not engine.drain(0.05)
    release.set()
