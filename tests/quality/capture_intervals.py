"""Hold a store filled from the corpus's captures against what was recorded of them, interval by interval.

    python -m tests.quality.capture_intervals STORE.sqlite

STORE is filled as `tests/acceptance/test_backfill.py` does it: every document of `corpus/captures/` back-filled,
without selectors. `visible_times` of `index.jsonl` were made with selectors written by hand, and for a document of
several parts they tell of changes in all of its parts; so not every miss is ours, nor is every invention.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from sqlmodel import col, select

from tests.conftest import corpus_root
from tracker.store.database import Database
from tracker.store.schema.tables import CaptureRow, Observation, SourceRow

#: Seconds by which a recorded time may lie after the capture that shows the change.
TOLERANCE = 60.0


@dataclass
class Tally:
    """What the intervals of one document came to."""

    captures: int = 0
    observations: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)


def ident(file: str) -> str:
    """Return the source id that the acceptance test gives a file."""
    return re.sub(r"[^a-z0-9]+", "-", file.removesuffix(".warc.gz").lower()).strip("-")


def tally(
    moments: Sequence[datetime], shown: dict[datetime, int], visible: Sequence[float], fresh: Sequence[float]
) -> Tally:
    """Compare the intervals between neighbouring captures.

    Args:
        moments: of all captures, in order.
        shown: the version that each observed capture showed.
        visible: Unix times of recorded changes of visible words.
        fresh: Unix times of recorded texts never seen before.

    """
    found = Tally(len(moments), len(shown))
    latest = shown.get(moments[0])
    for earlier, later in pairwise(moments):
        start, end = earlier.timestamp(), later.timestamp() + TOLERANCE
        recorded = any(start < moment <= end for moment in visible)
        version = shown.get(later)
        ours = version is not None and latest is not None and version != latest
        found.counts["hit" if recorded and ours else "missed" if recorded else "invented" if ours else "quiet"] += 1
        if recorded and not ours:
            found.missed.append(f"{later:%Y-%m-%d}")
        elif ours and not recorded:
            found.invented.append(f"{later:%Y-%m-%d}")
        if any(start < moment <= end for moment in fresh):
            found.counts["new text"] += 1
            found.counts["new text missed"] += not ours
        latest = version if version is not None else latest
    return found


def tallies(store: Path, index: Path) -> Iterator[tuple[str, Tally]]:
    """Yield each document's file name and tally."""
    with closing(Database(f"sqlite:///{store}")) as database, database.read() as session:
        for line in index.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            row = session.exec(select(SourceRow).where(SourceRow.id == ident(told["file"]))).one()
            stamps = session.exec(
                select(CaptureRow.timestamp).where(CaptureRow.source_key == row.key).order_by(col(CaptureRow.timestamp))
            )
            moments = [datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC) for stamp in stamps]
            seen = session.exec(select(Observation).where(Observation.source_key == row.key))
            shown = {observation.observed_at: observation.version_id for observation in seen}
            times = [
                [datetime.fromisoformat(moment).timestamp() for moment in told[name]]
                for name in ("visible_times", "new_text_times")
            ]
            yield told["file"], tally(moments, shown, times[0], times[1])


def main() -> None:
    """Print a line per document and the sum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("store", type=Path)
    root = corpus_root()
    if root is None:
        parser.error("TRACKER_CORPUS is not set")
    total: Counter[str] = Counter()
    columns = ("hit", "missed", "invented", "new text", "new text missed")
    print(f"{'document':70} captures observed " + " ".join(f"{name:>9}" for name in columns))
    for file, found in tallies(parser.parse_args().store, root / "corpus" / "captures" / "index.jsonl"):
        total.update(found.counts)
        numbers = " ".join(f"{found.counts[name]:>9}" for name in columns)
        print(f"{file.removesuffix('.warc.gz')[:70]:70} {found.captures:8} {found.observations:8} {numbers}")
        for name, days in (("missed", found.missed), ("invented", found.invented)):
            if days:
                print(f"    {name}: {', '.join(days[:12])}{' ...' if len(days) > 12 else ''}")
    print(f"{'all':70} {'':8} {'':8} " + " ".join(f"{total[name]:>9}" for name in columns))


if __name__ == "__main__":
    main()
