"""Print how fast `compare` is on real and on made-up texts.

`TRACKER_CORPUS=... python -m tests.benchmarks.compare_speed`; without the corpus only made-up texts are measured.
Real pairs are the labelled ones; a pair goes from recorded Markdown to its verdict. Made-up texts are as large as texts
get, and twice as large as themselves: what takes more than about twice as long is not linear.
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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.made_up import SHAPES, Sides, paragraph, rewritten, table
from tests.benchmarks.peers import by_characters, by_lines
from tests.benchmarks.timing import apart, forget, forget_pairs, quantile, seconds
from tests.conftest import corpus_root
from tests.quality.material import labelled_rows
from tracker.compare import compare
from tracker.daemon.garbage import collecting_rarely
from tracker.extract.markdown import read_markdown

Row = dict[str, Any]

_PEER_EVERY = 25  #: of the labelled pairs one is shown to the peers: they are slow
_NEXT_EVERY = 4  #: of the labelled pairs one is judged as the next version of a known text
_MEGABYTE = 1_000_000
_RUNS = 2  #: of which the best counts

#: Texts that are doubled: what is made, and the larger size.
DOUBLED: tuple[tuple[str, Callable[[int], Sides], int], ...] = (
    ("a rewritten document, 250 to 500 kB", rewritten, 500_000),
    ("a table, 5,000 to 10,000 rows", table, 10_000),
    ("one paragraph, 250 to 500 kB", paragraph, 500_000),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `most` is the target, None where there is none."""

    what: str
    value: float
    unit: str
    most: float | None = None

    @property
    def met(self) -> bool:
        """Say whether the target is reached, if there is one."""
        return self.most is None or self.value <= self.most

    def cells(self) -> tuple[str, str, str, str]:
        """Return the cells of its row: what, figure, target, whether it is met."""
        if self.most is None:
            return self.what, f"{self.value:,.3g} {self.unit}", "", ""
        met = "yes" if self.met else "NO"
        return self.what, f"{self.value:,.3g} {self.unit}", f"<= {self.most:g} {self.unit}", met


def judge(before: str, after: str, names: Sequence[str] = ()) -> None:
    """Go from Markdown to a verdict, as `tracker compare --batch` does for one row."""
    forget_pairs()
    compare(read_markdown(before).blocks, read_markdown(after).blocks, names=names)


def _sides(row: Row) -> tuple[str, str, tuple[str]]:
    return row["before"], row["after"], (row["service"],)


def labelled_pairs(root: Path) -> list[Figure]:
    """Measure single pairs on one core."""
    cold, known, following, reading = [], [], [], []
    rows = labelled_rows(root)
    judge(*_sides(rows[0]))
    for at, row in enumerate(rows):
        before, after, names = _sides(row)
        if at % _NEXT_EVERY == 0:
            forget()
            judge(before, before, names)
            following.append(1000 * seconds(judge, before, after, names))
        forget()
        cold.append(1000 * seconds(judge, before, after, names))
        known.append(1000 * seconds(judge, before, after, names))
        reading.append(1000 * (seconds(read_markdown, before) + seconds(read_markdown, after)))
    return [
        Figure("a labelled pair, cold: median", statistics.median(cold), "ms", 40),
        Figure("a labelled pair, cold: 99th percentile", quantile(cold, 0.99), "ms", 400),
        Figure("a labelled pair, its clauses known: median", statistics.median(known), "ms", 12),
        Figure("a labelled pair, its clauses known: 99th percentile", quantile(known, 0.99), "ms", 400),
        Figure("a labelled pair, the old text known: median", statistics.median(following), "ms"),
        Figure("of each, reading Markdown: median", statistics.median(reading), "ms"),
    ]


def peers(root: Path) -> list[Figure]:
    """Measure how many times as long others take as a cold `compare`, over the same pairs."""
    rows = labelled_rows(root)[::_PEER_EVERY]
    judge(*_sides(rows[0]))
    ours, characters, lines = [], [], []
    for row in rows:
        before, after, names = _sides(row)
        forget()
        ours.append(seconds(judge, before, after, names))
        characters.append(seconds(by_characters, before, after))
        lines.append(seconds(by_lines, before, after))
    total = sum(ours)
    return [
        Figure(f"diff-match-patch on characters, {len(rows)} pairs", sum(characters) / total, "times as long"),
        Figure("its slowest pair", max(characters), "s"),
        Figure(f"difflib on lines, {len(rows)} pairs", sum(lines) / total, "times as long"),
    ]


def _run_batch(path: Path) -> tuple[float, float]:
    """Return how long the command takes by the clock, and the megabytes of the largest of its processes."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tracker", "compare", "--batch", str(path), "--out", os.devnull]
    subprocess.run(command, check=True)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def batch(root: Path) -> list[Figure]:
    """Measure the command over all labelled pairs, on all cores, its start included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pairs.jsonl")
        rows = labelled_rows(root)
        path.write_text(
            "".join(json.dumps({key: row[key] for key in ("id", "before", "after", "service")}) + "\n" for row in rows),
            encoding="utf-8",
        )
        (took, peak), _ = apart(_run_batch, path)
    return [
        Figure(f"`compare --batch` on {os.cpu_count()} cores", len(rows) / took, "pairs per second"),
        Figure("its largest process", peak, "MB", 300),
    ]


def _large(shape: str, size: int) -> float:
    """Judge one pair as `tracker compare` and the processes of the daemon do."""
    judge("We share your data.", "We sell your data.")
    with collecting_rarely():
        return seconds(judge, *SHAPES[shape](size))


def largest() -> Iterator[Figure]:
    """Measure texts of a megabyte, each in a process of its own."""
    peaks = []
    for shape in SHAPES:
        took, peak = apart(_large, shape, _MEGABYTE)
        peaks.append(peak)
        yield Figure(f"1 MB: {shape}", took, "s", 5)
    yield Figure("1 MB: the largest process", max(peaks), "MB", 300)


def doubled() -> Iterator[Figure]:
    """Measure how many times as long a text twice as long takes, the best of some runs."""
    judge("We share your data.", "We sell your data.")
    for what, make, size in DOUBLED:
        best = []
        for half in (size // 2, size):
            runs = []
            for _ in range(_RUNS):
                forget()
                runs.append(seconds(judge, *make(half)))
            best.append(min(runs))
        yield Figure(f"twice as long: {what}", best[1] / best[0], "times as long", 2.8)


def _all(root: Path | None, parts: Sequence[str]) -> Iterable[Figure]:
    if root is not None:
        for part, measure in (("pairs", labelled_pairs), ("batch", batch), ("peers", peers)):
            if part in parts:
                yield from measure(root)
    if "large" in parts:
        yield from largest()
    if "doubled" in parts:
        yield from doubled()


def main() -> int:
    """Print the table; return 1 where a target is missed."""
    parts = ("pairs", "batch", "peers", "large", "doubled")
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=parts, action="append", help="only this part; may be given several times")
    chosen = parser.parse_args().part or parts
    root = corpus_root()
    console = Console()
    if root is None:
        console.print("TRACKER_CORPUS is not set: the labelled pairs are left out.")
    figures = []
    shown = Table("what", "figure", "target", "met?")
    for figure in _all(root, chosen):
        figures.append(figure)
        shown.add_row(*figure.cells())
    console.print(shown)
    return int(not all(figure.met for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
