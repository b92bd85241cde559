"""Print how fast collections are imported, phase by phase, and how much faster than one capture after the other.

`TRACKER_CORPUS=... python -m tests.benchmarks.import_speed [--versions N] [--processes N] [--store URL]`. Markdown is
the Git history of a real collection, HTML are real captures out of WARC files: all of them, and those of documents
with smaller pages, which come closer to the size that the target means. The baseline takes the same captures the
way `tracker import text` takes a file: extract, write, judge, one by one in one process. Each measurement has processes
and a store of its own. Phases of working processes overlap, so that they add up to more than the time that passed; on a
busy machine only the seconds of the cores tell anything, and what they come to where all cores are free.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from tests.conftest import corpus_root
from tracker.compare.text.clauses import cut
from tracker.cores import cores
from tracker.daemon.checks.changes import refresh_changes
from tracker.daemon.checks.record import enter, keep_page
from tracker.daemon.engine.planner import entry_of
from tracker.daemon.engine.wiring import open_runtime
from tracker.daemon.imports.collection import Importer
from tracker.daemon.imports.reading import body_to_read
from tracker.daemon.imports.sources import one_address, source_for
from tracker.daemon.imports.workers import Workers
from tracker.daemon.runtime import Runtime
from tracker.errors import ExtractionError
from tracker.extract import extract
from tracker.history.clause_runs import refresh_runs
from tracker.intake.captures import WarcCaptures
from tracker.intake.model import Intake, Item
from tracker.intake.open_terms import OpenTermsArchive
from tracker.settings import Settings
from tracker.store.history.sources import adopt_source
from tracker.words import Origin

SMALLER = "smaller html"
#: Captures per second that imports should reach on two idle cores, and megabytes they may take.
TARGETS = {"markdown": 100.0, "html": 60.0, SMALLER: 60.0}
#: Bytes of a capture in the middle up to which a document is a smaller one: those come to some 245 kB.
_SMALLER = 330_000
MOST_MEGABYTES = 400.0
TARGET = ", ".join(f">= {rate:.0f}" for rate in TARGETS.values())
_LIMIT = 20_000_000


@dataclass
class Part:
    """Some captures of a collection: every so many a document, until there are enough."""

    whole: Intake
    most: int
    unit: str = "captures"
    grouped: bool = False
    total: int | None = None
    broken: int = 0

    @property
    def position(self) -> int:
        """Return how much was read."""
        return self.whole.position

    @property
    def notes(self) -> list[str]:
        """Return nothing: the collection is not read to its end."""
        return []

    def items(self) -> Iterator[Item]:
        """Yield as many captures as are wanted."""
        for place, item in enumerate(self.whole.items()):
            if place >= self.most:
                return
            yield item


@dataclass
class Together:
    """WARC files of a source each, brought in by one command."""

    parts: Sequence[Part]
    unit: str = "captures"
    grouped: bool = False
    total: int | None = None
    position: int = 0
    broken: int = 0
    notes: list[str] = field(default_factory=list)

    def items(self) -> Iterator[Item]:
        """Yield the captures of one file after the other."""
        for part in self.parts:
            yield from part.items()


def sizes(path: Path, most: int = 5) -> list[int]:
    """Return how large the first captures of a file are, in bytes."""
    captures = Part(WarcCaptures([path], one_address("x", None), _LIMIT), most)
    return [len(item.read().body) for item in captures.items()]


def captured(corpus: Path, kind: str) -> list[Path]:
    """Return the files of captures that are imported."""
    paths = sorted((corpus / "corpus" / "captures").glob("*.warc.gz"))
    return [path for path in paths if kind != SMALLER or statistics.median(sizes(path)) <= _SMALLER]


def collection(corpus: Path, kind: str, folder: Path, most: int) -> Intake:
    """Return what is imported: a Git history, or WARC files."""
    if kind == "markdown":
        clone = folder / "clone.git"
        bundle = corpus / "corpus" / "genai-eu-versions.bundle"
        subprocess.run(["git", "clone", "--quiet", "--bare", str(bundle), str(clone)], check=True, capture_output=True)
        return Part(OpenTermsArchive(clone, _LIMIT), most, grouped=True)
    paths = captured(corpus, kind)
    each = max(1, most // len(paths))
    return Together(
        [
            Part(WarcCaptures([path], one_address(path.name.removesuffix(".warc.gz"), None), _LIMIT), each)
            for path in paths
        ]
    )


def bulk(runtime: Runtime, intake: Intake, processes: int) -> dict[str, Any]:
    """Import as the commands do; return figures."""
    started = time.perf_counter()
    with closing(Workers(processes)) as workers:
        report = Importer(runtime, intake, choose=lambda document: source_for(runtime, document), workers=workers).run()
        seconds = time.perf_counter() - started
    return {
        "captures": report.captures,
        "versions": report.versions,
        "changes": report.changes,
        "read": report.read_seconds,
        "write": report.write_seconds,
        "finish": report.finish_seconds,
        "extract": report.phases.extract,
        "compare": report.phases.compare,
        "pack": report.phases.pack,
        "seconds": seconds,
    }


def one_by_one(runtime: Runtime, intake: Intake, _processes: int) -> dict[str, Any]:
    """Take each capture the way a file is taken: what it changes is judged before the next one is looked at."""
    captures = 0
    started = time.perf_counter()
    for item in intake.items():
        captures += 1
        _take(runtime, item)
    return {"captures": captures, "seconds": time.perf_counter() - started}


def _take(runtime: Runtime, item: Item) -> None:
    page, source = item.read(), source_for(runtime, item.document)
    body, rules_hash = body_to_read(source, page)
    now = runtime.clock.now()
    with runtime.database.write() as session:
        key = adopt_source(session, entry_of(source), now).key
        assert key is not None
        snapshot = keep_page(session, runtime, key, page, Origin.IMPORT)
        assert snapshot.id is not None
        if body.rules is None:
            return
        try:
            extracted = extract(page.body, body.media_type, body.rules, url=body.url, charset=body.charset)
        except ExtractionError:
            return
        document = cut(extracted.blocks, source.names)
        ids, moment = [snapshot.id], page.captured_at
        told = {"snapshot_ids": ids, "rules_hash": rules_hash, "moment": moment, "language": source.language}
        enter(session, runtime, key, document, origin=Origin.IMPORT, **told)  # type: ignore[arg-type]
    refresh_changes(runtime, source, key)
    refresh_runs(runtime.database, key)


WAYS: dict[str, Callable[[Runtime, Intake, int], dict[str, Any]]] = {"bulk": bulk, "one by one": one_by_one}


def measure(kind: str, way: str, most: int, processes: int, url: str | None) -> dict[str, Any]:
    """Import into a new store in this process and those it starts; return figures."""
    corpus = corpus_root()
    assert corpus is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(data_dir=folder, sources=folder / "none.toml", database_url=SecretStr(url) if url else None)
        intake = collection(corpus, kind, folder, most)
        with closing(open_runtime(settings, sources_needed=False)) as runtime:
            figures = WAYS[way](runtime, intake, processes)
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return figures | {"cpu": cpu, "megabytes": own.ru_maxrss / 1_000, "megabytes each": others.ru_maxrss / 1_000}


def apart(kind: str, way: str, most: int, processes: int, url: str | None) -> dict[str, Any]:
    """Measure in a process of its own, so that nothing is known before."""
    command = [sys.executable, "-m", "tests.benchmarks.import_speed", "--measure", kind, way, "--versions", str(most)]
    command += ["--processes", str(processes), *(["--store", url] if url else [])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(figures, dict)
    return figures


def _idle(one: dict[str, Any]) -> str:
    """Return how many captures a second all cores would take if nobody else used them."""
    return f"{cores() * one['captures'] / one['cpu']:.1f}"


def _seconds(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda one: f"{one[name]:.1f}"


#: Name, how the figures of a kind are told, and the target.
ROWS: tuple[tuple[str, Callable[[dict[str, Any]], str], str], ...] = (
    ("captures", lambda one: f"{one['captures']:,.0f}", ""),
    ("of them new texts", lambda one: f"{one['versions']:,.0f}", ""),
    ("changes", lambda one: f"{one['changes']:,.0f}", ""),
    ("seconds", _seconds("seconds"), ""),
    ("captures per second", lambda one: f"{one['captures'] / one['seconds']:.1f}", TARGET),
    ("  with all cores free", _idle, TARGET),
    ("seconds of cores per capture, ms", lambda one: f"{1_000 * one['cpu'] / one['captures']:.1f}", ""),
    ("  read, s", _seconds("read"), ""),
    ("  extract, s", _seconds("extract"), ""),
    ("  compare, s", _seconds("compare"), ""),
    ("  pack bodies, s", _seconds("pack"), ""),
    ("  write, s", _seconds("write"), ""),
    ("  runs of clauses, s", _seconds("finish"), ""),
    ("peak memory, MB", lambda one: f"{one['megabytes']:.0f}", f"< {MOST_MEGABYTES:.0f}"),
    ("  of each working process, MB", lambda one: f"{one['megabytes each']:.0f}", f"< {MOST_MEGABYTES:.0f}"),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=1_017, help="captures of each kind")
    parser.add_argument("--naive", type=int, default=150, help="captures that both ways take to be compared")
    parser.add_argument("--processes", type=int, default=cores())
    parser.add_argument("--store", help="address of an empty PostgreSQL database instead of SQLite files")
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "WAY"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        kind, way = given.measure
        sys.stdout.write(json.dumps(measure(kind, way, given.versions, given.processes, given.store)) + "\n")
        return
    corpus = corpus_root()
    if corpus is None:
        sys.exit("TRACKER_CORPUS is not set")
    out = Console()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    out.print(f"{cores()} cores, load {load}; HTML captures in the middle and on average, kB:", end="")
    for kind in TARGETS.keys() - {"markdown"}:
        found = [size / 1_000 for path in captured(corpus, kind) for size in sizes(path, given.versions)]
        out.print(f" {kind} {statistics.median(found):.0f}, {statistics.mean(found):.0f}", end=";")
    out.print()
    table = Table("what", *TARGETS, "target")
    whole = [apart(kind, "bulk", given.versions, given.processes, given.store) for kind in TARGETS]
    for name, told, target in ROWS:
        table.add_row(name, *map(told, whole), target)
    ratios = []
    for kind in TARGETS:
        fast, slow = (apart(kind, way, given.naive, given.processes, given.store) for way in WAYS)
        ratios.append(
            f"{slow['seconds'] / fast['seconds']:.1f} times as long, {slow['cpu'] / fast['cpu']:.1f} the work"
        )
    table.add_row(f"one by one, {given.naive} captures", *ratios, "")
    out.print(table)


if __name__ == "__main__":
    main()
