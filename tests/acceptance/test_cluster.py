"""A real cluster: planners and workers as processes over PostgreSQL and many hosts, killed while they work."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, text

from tests.acceptance.test_daemon import free_port, until
from tests.conftest import empty
from tests.support.crowd import Crowd, crowd
from tests.world import policy
from tracker.store.database import Database
from tracker.store.schema.jobs_schema import upgrade_jobs
from tracker.store.upkeep.upgrade import create_store

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]

Process = subprocess.Popen[bytes]


@dataclass
class Cluster:
    """The processes of a cluster over one database."""

    folder: Path
    environment: dict[str, str]
    engine: Engine
    planners: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    def start(self, *command: str) -> Process:
        """Start `tracker` with a command; its log goes to a file."""
        with (self.folder / "cluster.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tracker", *command], env=self.environment, stdout=log, stderr=log
            )

    def plan(self) -> None:
        """Add a planner."""
        self.planners.append(self.start("run", "--engine", "cluster"))

    def work(self, *options: str) -> None:
        """Add a worker."""
        self.workers.append(self.start("worker", *options))

    def kill(self, processes: list[Process], chance: random.Random) -> None:
        """End one of some processes as a power cut would."""
        victim = processes.pop(chance.randrange(len(processes)))
        victim.kill()
        victim.wait()

    def ask(self, query: str) -> list[Any]:
        """Return the rows a query gives."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)).all())

    def one(self, query: str) -> Any:
        """Return the one value a query gives."""
        return self.ask(query)[0][0]

    def make_due(self) -> None:
        """Let every source be due now."""
        with self.engine.begin() as connection:
            connection.execute(text("update source set next_check_at = now() - interval '1 minute'"))

    def end(self) -> None:
        """End what still runs."""
        for process in (*self.planners, *self.workers):
            process.kill()
        for process in (*self.planners, *self.workers):
            process.wait()

    def log(self) -> str:
        """Return the end of what all processes said."""
        return (self.folder / "cluster.log").read_text(encoding="utf-8", errors="replace")[-6000:]


@contextmanager
def cluster(tmp_path: Path, url: str, hosts: Crowd, sources: int, **settings: str) -> Iterator[Cluster]:
    """Lay out a cluster that follows so many sources, dealt out to the hosts; nothing of it is left running."""
    entries = [
        f'[[source]]\nid = "s{n}"\nname = "Policy {n}"\ntype = "Privacy Policy"\nurl = "{hosts.url(n, f"/s{n}")}"\n'
        for n in range(sources)
    ]
    entries.append(f'[[route]]\nname = "hook"\nurl = "json://127.0.0.1:{hosts.port}/hook"\n')
    (tmp_path / "sources.toml").write_text("\n".join(entries), encoding="utf-8")
    ours = {
        "TRACKER_DATABASE_URL": url.replace("+psycopg", ""),
        "TRACKER_SOURCES": str(tmp_path / "sources.toml"),
        "TRACKER_ALLOW_PRIVATE_ADDRESSES": "true",
        "TRACKER_TICK": "0.5",
        "TRACKER_CONFIRM_DELAY": "0",
        "TRACKER_RETRY_BASE": "1",
        "TRACKER_WEB_PORT": "0",
        "TRACKER_COMPARE_PROCESSES": "0",
        "TRACKER_LOG_FORMAT": "json",
        "TRACKER_STOP_DEADLINE": "10",
    }
    with closing(Database(url)) as database:
        empty(database)
        create_store(database)
        upgrade_jobs(database)
        made = Cluster(tmp_path, os.environ | ours | settings, database.engine)
        try:
            yield made
        except AssertionError as error:
            raise AssertionError(f"{made.log()}\n{error}") from error
        finally:
            made.end()


@dataclass
class Fire:
    """Kills one process of a cluster every so many seconds, and starts another in its place."""

    cluster: Cluster
    every: float
    most: int
    kills: int = 0
    last: float = field(default_factory=time.monotonic)
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Fire until something holds."""

        def look() -> bool:
            if not true() and self.kills < self.most and time.monotonic() - self.last > self.every:
                self._shoot()
            return true()

        until(look, seconds)

    def _shoot(self) -> None:
        self.last = time.monotonic()
        self.kills += 1
        if self.kills % 3 == 2:
            self.cluster.kill(self.cluster.planners, self.chance)
            self.cluster.plan()
        else:
            self.cluster.kill(self.cluster.workers, self.chance)
            self.cluster.work()


def run_under_fire(
    tmp_path: Path,
    url: str,
    *,
    sources: int,
    hosts: int,
    delay: float,
    rounds: int,
    every: float,
    kills: int,
    patience: float,
    latency: float = 0.05,
) -> dict[str, Any]:
    """Run two planners and three workers over a changing world, killing one of them every so many seconds.

    Each round changes every text, so that each source owes an alert. Returns figures for a report.
    """
    number = 0

    def text_of(host: str, path: str) -> str:
        # Each its own: what many sources have in common is told in one message.
        return policy(
            p5=f"We keep the server logs of {path[1:]} for {30 + 100 * number} days and delete them after that."
        )

    with (
        crowd(hosts, text_of, lambda _host, _path: latency) as served,
        cluster(tmp_path, url, served, sources, TRACKER_HOST_DELAY=str(delay)) as made,
    ):
        began = time.monotonic()
        for start in (made.plan, made.plan, made.work, made.work, made.work):
            start()
        fire = Fire(made, every, kills)
        fire.until(lambda: made.one("select count(distinct source_key) from observation") == sources, patience)
        for number in range(1, rounds + 1):
            made.make_due()
            changed = number * sources
            fire.until(lambda: made.one("select count(*) from change") == changed, patience)  # noqa: B023
        sent = "select count(*) from delivery where state = 'sent'"
        fire.until(lambda: made.one(sent) == rounds * sources, patience)
        fire.until(lambda: made.one("select count(*) from source where lease_owner is not null") == 0, patience)
        took = time.monotonic() - began
        assert made.one("select count(*) from source where next_check_at <= now()") == 0
        alerts = Counter(headers["x-idempotency-key"] for headers, _ in served.posted)
        assert len(alerts) == rounds * sources
        assert served.overlaps() == []
        assert served.rushed(delay) == []
        processes = (*made.planners, *made.workers)
        for process in processes:
            process.send_signal(signal.SIGTERM)
        # One that was started a moment ago had no time yet to take the signal as a wish.
        assert {process.wait(120) for process in processes} <= {0, -signal.SIGTERM}
        return {
            "seconds": round(took, 1),
            "kills": fire.kills,
            "requests": len(served.visits),
            "cut off": sum(not visit.whole for visit in served.visits),
            "alerts": len(alerts),
            "posted": len(served.posted),
        }


def test_a_cluster_under_fire_loses_nothing(tmp_path: Path, postgres_url: str) -> None:
    """Workers and planners die at random: every check done, every alert delivered, no host overlapped or rushed."""
    size: dict[str, Any] = {"sources": 40, "hosts": 10, "delay": 0.2, "rounds": 1}
    figures = run_under_fire(tmp_path, postgres_url, **size, every=4, kills=3, patience=240)
    assert figures["kills"] == 3


def test_a_worker_tells_how_it_is_and_survives_the_loss_of_its_connections(tmp_path: Path, postgres_url: str) -> None:
    """It answers 200 while it takes jobs, also after the database threw everybody out, and ends cleanly."""
    port = free_port()
    with (
        crowd(1, lambda _host, _path: policy()) as served,
        cluster(tmp_path, postgres_url, served, 1, TRACKER_HOST_DELAY="0") as made,
    ):

        def healthy() -> bool:
            try:
                return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
            except requests.RequestException:
                return False

        made.plan()
        made.work("--listen", str(port), "--concurrency", "2")
        until(healthy, 120)
        until(lambda: made.one("select count(*) from observation") == 1, 120)
        made.ask("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
        made.make_due()
        until(lambda: made.one("select count(*) from check_log") >= 2, 120)
        until(healthy, 120)
        for process in (*made.planners, *made.workers):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(120) for process in (*made.planners, *made.workers)] == [0, 0]


@pytest.mark.soak
def test_the_work_of_a_worker_killed_in_the_middle_is_done_within_two_minutes(
    tmp_path: Path, postgres_url: str
) -> None:
    """It dies while it waits for a host; another takes the check over and ends it."""
    hangs = threading.Event()
    answers = threading.Event()
    patient = {"TRACKER_HOST_DELAY": "0", "TRACKER_READ_TIMEOUT": "600", "TRACKER_FETCH_DEADLINE": "600"}

    def latency(_host: str, path: str) -> float:
        if path == "/robots.txt" or answers.is_set():
            return 0
        hangs.set()
        return 600

    with (
        crowd(1, lambda _host, _path: policy(), latency) as served,
        cluster(tmp_path, postgres_url, served, 1, **patient) as made,
    ):
        made.work()
        made.plan()
        until(hangs.is_set, 120)
        made.work()
        until(lambda: made.log().count("worker started") == 2, 120)
        answers.set()
        first = made.workers.pop(0)
        first.kill()
        first.wait()
        until(lambda: made.one("select count(*) from observation") == 1, 120)
        until(lambda: any(not visit.whole for visit in served.visits), 120)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_a_cluster_of_some_size_under_fire_for_minutes(
    tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same over 300 sources on 30 hosts for some minutes, a process killed every twenty seconds."""
    size: dict[str, Any] = {"sources": 300, "hosts": 30, "delay": 0.5, "latency": 0.5, "rounds": 6}
    figures = run_under_fire(tmp_path, postgres_url, **size, every=20, kills=1_000, patience=1_500)
    with capsys.disabled():
        sys.stdout.write(f"{figures}\n")
    assert figures["kills"] >= 10


def seconds_for_a_round(tmp_path: Path, url: str, workers: int) -> float:
    """Return how long so many workers with two places each take for 40 pages that take six seconds each."""
    tmp_path.mkdir()
    with (
        crowd(40, lambda _host, _path: policy(), lambda _host, path: 6.0 * (path != "/robots.txt")) as served,
        cluster(tmp_path, url, served, 40, TRACKER_HOST_DELAY="0", TRACKER_TICK="0.2") as made,
    ):
        for _ in range(workers):
            made.work("--concurrency", "2", "--queue", "check")
        until(lambda: made.one("select count(*) from procrastinate_workers") == workers, 120)
        made.plan()
        until(lambda: made.one("select count(*) from observation") == 40, 900)
        pages = [visit for visit in served.visits if visit.path != "/robots.txt"]
        return max(visit.ended for visit in pages) - min(visit.began for visit in pages)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_two_workers_do_nearly_twice_the_work_of_one(
    tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a load that waits for hosts, a second worker nearly halves the time."""
    one = seconds_for_a_round(tmp_path / "one", postgres_url, 1)
    two = seconds_for_a_round(tmp_path / "two", postgres_url, 2)
    with capsys.disabled():
        sys.stdout.write(f"one worker {one:.1f} s, two {two:.1f} s: {one / two:.2f} times as fast\n")
    assert one / two > 1.7
