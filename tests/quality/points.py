"""Add one clause of a real document at a time to a small text, and see whether its direction and topics are told.

    TRACKER_CORPUS=... python -m tests.quality.points [--half read|unread] [--cases]

The clauses are quotes of some 600 services that a consumer project filed under a case; `points.toml` says which way the
clauses of a case go. Nothing learns from them. Rules were written with an eye on those of half the services (`read`),
never on the others. Cases are coarse and one clause may say more than its case does, so that no method gets all right;
topics count as found, since only those of the case are given.
"""

import argparse
import gzip
import hashlib
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import corpus_root
from tests.quality.pipeline import read
from tracker.compare import compare
from tracker.words import Direction, Topic

TEXT = """# Privacy Policy and Terms

Welcome to our website. This document explains how the site works and which rules apply to it.

The site is operated by our company, which was founded in 2009 and has offices in several cities.

The sections of this document are numbered. Headings are for convenience.

## General

Words in the singular include the plural. The site is offered in English.

The site was last redesigned two years ago and runs on current browsers.
"""

#: Halves of the services.
HALVES = ("read", "unread")


@dataclass(frozen=True, slots=True)
class Point:
    """One clause and what is known of it."""

    service: str
    case: str  #: in words of our own
    direction: Direction
    topics: frozenset[str]
    quote: str

    @property
    def half(self) -> str:
        """Return which half of the services it is of."""
        return HALVES[int(hashlib.sha256(self.service.encode()).hexdigest(), 16) % 2]


@dataclass(frozen=True, slots=True)
class Told:
    """What the program says of a clause that came."""

    alert: bool
    direction: Direction
    topics: frozenset[Topic]


def points(corpus: Path) -> list[Point]:
    """Return the clauses whose case tells a direction."""
    table = tomllib.loads(Path(__file__).with_name("points.toml").read_text(encoding="utf-8"))
    known = {digest: (Direction(way), words) for way, cases in table.items() for digest, words in cases.items()}
    found = []
    with gzip.open(corpus / "corpus" / "tosdr-points.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            case = known.get(hashlib.sha256(row["case"].strip().encode()).hexdigest()[:8])
            if case is not None:
                found.append(Point(row["service"], case[1], case[0], frozenset(row["topics"]), row["quote"]))
    return found


def told(point: Point) -> Told:
    """Return what is said of a clause that was added."""
    verdict = compare(read(TEXT), read(f"{TEXT}\n{' '.join(point.quote.split())}\n"))
    return Told(verdict.alert, verdict.direction, frozenset(verdict.topics))


def figures(found: Sequence[tuple[Point, Told]]) -> str:
    """Return which share alerts, and of those how many directions are told, how many the other way, how many topics."""
    alerts = [(point, said) for point, said in found if said.alert]
    right = sum(said.direction is point.direction for point, said in alerts)
    wrong = sum(said.direction is point.direction.opposite for point, said in alerts)
    topics = sum(len(point.topics & said.topics) for point, said in alerts)
    return (
        f"{len(found)} clauses, {len(alerts) / len(found):.3f} alert; direction right {right / len(alerts):.3f}, "
        f"the opposite {wrong / len(alerts):.3f}; topics found {topics / sum(len(p.topics) for p, _ in alerts):.3f}"
    )


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=HALVES, help="only this half of the services")
    parser.add_argument(
        "--cases", action="store_true", help="list the cases of the read half with most wrong directions"
    )
    args = parser.parse_args()
    root = corpus_root()
    if root is None:
        sys.exit("TRACKER_CORPUS is not set")
    wanted = [point for point in points(root) if args.half in (None, point.half)]
    with ProcessPoolExecutor() as pool:
        found = list(zip(wanted, pool.map(told, wanted, chunksize=50), strict=True))
    for half in HALVES:
        part = [(point, said) for point, said in found if point.half == half]
        for way in (None, Direction.WEAKER, Direction.STRONGER) if part else ():
            of_way = [(point, said) for point, said in part if way in (None, point.direction)]
            print(f"{half}, {way.value if way else 'all'}: {figures(of_way)}")
    if args.cases:
        alerts = [(point, said) for point, said in found if said.alert and point.half == "read"]
        all_of = Counter(point.case for point, _ in alerts)
        wrong = Counter(point.case for point, said in alerts if said.direction is not point.direction)
        for case, count in wrong.most_common(40):
            print(f"{count:4} of {all_of[case]:4}  {case}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
