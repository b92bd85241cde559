"""Print how well the daemon keeps a schedule: many sources on many local hosts that take their time, some for ever.

`python -m tests.benchmarks.schedule_load` runs the real daemon over an SQLite store of its own. Every source is
due once in each `--every` minutes, spread evenly; a window of `--minutes` is watched twice: the first time each source
is new, the second time its text is known. The hosts' own log says how late each request came after its time, and
whether a host was asked twice at once or too soon. `--hanging` hosts never answer.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.timing import quantile
from tests.support.crowd import Crowd, crowd
from tests.world import policy

#: Longer than any page takes.
FOR_EVER = 100_000.0

STAMP = "%Y-%m-%d %H:%M:%S.%f"


@dataclass(frozen=True, slots=True)
class Load:
    """What the daemon has to do."""

    sources: int
    hosts: int
    hanging: int
    latency: float  #: seconds
    delay: float  #: seconds
    every: float  #: minutes
    minutes: float  #: watched
    threads: int  #: the setting fetch_threads


@dataclass(frozen=True, slots=True)
class Watched:
    """What a window showed."""

    checks: int
    lags: list[float]  #: seconds after its time at which a page of a host that answers was asked for
    cores: float  #: the daemon's, on average
    megabytes: float
    overlaps: int
    rushed: int
    missed: int  #: due in the window on hosts that answer, and not asked for


@dataclass(frozen=True, slots=True)
class Start:
    """What a start took until the first look at what is due."""

    seconds: float
    core_seconds: float


@dataclass
class Daemon:
    """The daemon of the benchmark."""

    folder: Path
    environment: dict[str, str]

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run it for a while."""
        with (self.folder / "daemon.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tracker", "run"], env=self.environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    @contextmanager
    def planning(self) -> Iterator[tuple["subprocess.Popen[bytes]", Start]]:
        """Run it from when it first looks at what is due; tell what it took to get there."""
        log = self.folder / "daemon.log"
        seen = log.stat().st_size if log.exists() else 0
        began = time.monotonic()
        with self.running() as process:
            while '"planning"' not in log.read_text(encoding="utf-8")[seen:]:
                assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
                time.sleep(0.02)
            yield process, Start(time.monotonic() - began, used(process)[0])

    def execute(self, statement: str, rows: Sequence[tuple[str, ...]]) -> None:
        """Change the store behind the daemon's back."""
        with closing(sqlite3.connect(self.folder / "tracker.sqlite", timeout=60)) as connection, connection:
            connection.executemany(statement, rows)


def used(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """Return the seconds of a core and the megabytes a process has used (Linux)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
    return (int(fields[11]) + int(fields[12])) / ticks, pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def lay_out(folder: Path, served: Crowd, load: Load) -> Daemon:
    """Write sources and settings."""
    entries = [
        f'[[source]]\nid = "s{n}"\nname = "Policy {n}"\ntype = "Privacy Policy"\nurl = "{served.url(n, f"/s{n}")}"\n'
        f'schedule = {{ every = "{load.every:.0f}m", jitter = 0 }}\n'
        for n in range(load.sources)
    ]
    (folder / "sources.toml").write_text("\n".join(entries), encoding="utf-8")
    ours = {
        "TRACKER_DATA_DIR": str(folder),
        "TRACKER_SOURCES": str(folder / "sources.toml"),
        "TRACKER_ALLOW_PRIVATE_ADDRESSES": "true",
        "TRACKER_HOST_DELAY": str(load.delay),
        "TRACKER_FETCH_THREADS": str(load.threads),
        "TRACKER_WEB_PORT": "0",
        "TRACKER_LOG_FORMAT": "json",
        "TRACKER_STOP_DEADLINE": "1",
    }
    return Daemon(folder, os.environ | ours)


def watch(daemon: Daemon, served: Crowd, load: Load, due: dict[str, float]) -> Watched:
    """Let sources be due at times (path to seconds from now) and watch until the window has passed."""
    with daemon.planning() as (process, _):
        served.visits.clear()
        base, now = time.monotonic(), datetime.now(UTC)
        rows = [
            ((now + timedelta(seconds=after)).strftime(STAMP), path.removeprefix("/")) for path, after in due.items()
        ]
        daemon.execute("update source set next_check_at = ?, lease_until = null where id = ?", rows)
        before, began = used(process)[0], time.monotonic()
        time.sleep(load.minutes * 60 + 10)
        after_all, megabytes = used(process)
        took = time.monotonic() - began
    hanging = set(served.hosts[: load.hanging])
    asked = {visit.path: visit.began for visit in reversed(served.visits) if visit.host not in hanging}
    wanted = {path: base + after for path, after in due.items() if host_of(served, path) not in hanging}
    return Watched(
        checks=sum(visit.path in due for visit in served.visits),
        lags=[asked[path] - moment for path, moment in wanted.items() if path in asked],
        cores=(after_all - before) / took,
        megabytes=megabytes,
        overlaps=len(served.overlaps()),
        rushed=len(served.rushed(load.delay)),
        missed=sum(path not in asked for path in wanted),
    )


def host_of(served: Crowd, path: str) -> str:
    """Return the host of a source's page."""
    return served.hosts[int(path.removeprefix("/s")) % len(served.hosts)]


def run(load: Load, folder: Path) -> tuple[list[tuple[str, Start]], list[tuple[str, Watched]]]:
    """Return seconds of the starts, and what the windows showed."""

    def latency(host: str, path: str) -> float:
        return FOR_EVER if host in hanging and path != "/robots.txt" else load.latency

    hanging: set[str] = set()
    with crowd(load.hosts, lambda _host, _path: policy(), latency) as served:
        hanging.update(served.hosts[: load.hanging])
        daemon = lay_out(folder, served, load)
        starts = []
        for name in ("first start, all sources new", "start"):
            with daemon.planning() as (_, start):
                starts.append((name, start))
            daemon.execute("update source set next_check_at = '2999-01-01 00:00:00.000000', lease_until = null", [()])
        chance = random.Random(1)
        share = min(1.0, load.minutes / load.every)
        due = {
            f"/s{n}": chance.uniform(0, load.minutes * 60)
            for n in chance.sample(range(load.sources), int(load.sources * share))
        }
        windows = [(name, watch(daemon, served, load, due)) for name in ("new texts", "known texts")]
    return starts, windows


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--sources", type=int, default=10_000)
    ask.add_argument("--hosts", type=int, default=500)
    ask.add_argument("--hanging", type=int, default=25, help="hosts that never answer")
    ask.add_argument("--latency", type=float, default=0.5, help="seconds to an answer of the others")
    ask.add_argument("--delay", type=float, default=5, help="spacing of requests to a host, in seconds")
    ask.add_argument("--every", type=float, default=60, help="minutes between two checks of a source")
    ask.add_argument("--minutes", type=float, default=3, help="length of a window")
    ask.add_argument("--threads", type=int, default=8, help="the setting fetch_threads")
    load = Load(**vars(ask.parse_args()))
    with tempfile.TemporaryDirectory(prefix="tracker-load-") as folder:
        starts, windows = run(load, Path(folder))
    console = Console(width=120)
    console.print(
        load, *(f"{name}: {it.seconds:.1f} s, {it.core_seconds:.1f} s of a core" for name, it in starts), sep="\n"
    )
    table = Table(
        "window", "checks", "a second", "late p50", "p95", "most (s)", "cores", "MB", "overlaps", "rushed", "missed"
    )
    for name, seen in windows:
        lags = sorted(seen.lags)
        figures = (quantile(lags, 0.5), quantile(lags, 0.95), lags[-1])
        rate = seen.checks / (load.minutes * 60)
        told = (
            seen.checks,
            f"{rate:.1f}",
            *(f"{lag:.1f}" for lag in figures),
            f"{seen.cores:.2f}",
            f"{seen.megabytes:.0f}",
        )
        table.add_row(name, *(str(one) for one in (*told, seen.overlaps, seen.rushed, seen.missed)))
    console.print(table)


if __name__ == "__main__":
    main()
