"""What every engine promises."""

import threading
from collections.abc import Callable

import pytest

from tracker.daemon.engine import Engine, InlineEngine, Job, ThreadEngine

MakeEngine = Callable[[Job], Engine]


@pytest.fixture(params=["inline", "threads"])
def make_engine(request: pytest.FixtureRequest) -> MakeEngine:
    if request.param == "inline":
        return InlineEngine
    return lambda job: ThreadEngine(job, threads=4)


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
    assert all_done.wait(10)
    assert engine.drain(10)
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
    assert done.wait(10)
    assert engine.drain(10)


def test_nothing_is_taken_after_drain(make_engine: MakeEngine) -> None:
    """A draining engine refuses, so that the planner leaves the source for the next process."""
    engine = make_engine(lambda _ident: None)
    engine.drain(1)
    assert not engine.enqueue("late", "host")


def test_one_host_is_never_worked_on_twice_at_once() -> None:
    """Checks of one host follow each other even though threads are free."""
    lock = threading.Lock()
    running: list[str] = []
    overlaps: list[str] = []
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

    engine = ThreadEngine(job, threads=8)
    for number in range(40):
        engine.enqueue(f"host{number % 4}/{number}", f"host{number % 4}")
    engine.finish()
    assert overlaps == []


def test_a_host_that_hangs_delays_no_other_host() -> None:
    """Other hosts go on while one never answers."""
    release = threading.Event()
    done: set[str] = set()
    others_done = threading.Event()

    def job(ident: str) -> None:
        if ident.startswith("slow"):
            release.wait(30)
            return
        done.add(ident)
        if len(done) == 10:
            others_done.set()

    engine = ThreadEngine(job, threads=2)
    for number in range(10):
        engine.enqueue(f"slow{number}", "slow.example")
    for number in range(10):
        engine.enqueue(f"quick{number}", f"quick{number}.example")
    assert others_done.wait(10)
    release.set()
    engine.finish()


def test_a_source_that_waits_is_not_taken_twice() -> None:
    """The same source is queued once, until it is done."""
    release = threading.Event()

    def job(_ident: str) -> None:
        release.wait(30)

    engine = ThreadEngine(job, threads=1)
    assert engine.enqueue("a", "host")
    assert not engine.enqueue("a", "host")
    release.set()
    engine.finish()


def test_drain_gives_up_at_its_deadline() -> None:
    """A check that does not end in time is left behind; drain says so."""
    release = threading.Event()
    started = threading.Event()

    def job(_ident: str) -> None:
        started.set()
        release.wait(30)

    engine = ThreadEngine(job, threads=1)
    engine.enqueue("a", "host")
    assert started.wait(10)
    assert not engine.drain(0.05)
    release.set()
