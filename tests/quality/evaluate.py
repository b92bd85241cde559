"""Score the product on the labelled pairs: by part, as they are and swapped, and on the hard pairs.

    TRACKER_CORPUS=... python -m tests.quality.evaluate [--errors N] [--part development|held-out|all]

The shipped models decide. Figures come from tools/score_changes.py. Development figures are of families the models
learned
from, so only the held-out ones say what to expect; `train_scorer` prints out-of-fold figures of the scorer alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.conftest import corpus_root
from tests.quality.families import is_held_out
from tests.quality.pipeline import read
from tests.quality.train_topics import labelled_rows
from tracker.compare import compare

Row = dict[str, Any]


def judged(row: Row) -> Row:
    """Return the verdict on one row in the shape of `tracker compare --batch`."""
    return {"id": row["id"], **compare(read(row["before"]), read(row["after"])).to_json()}


def swap(row: Row) -> Row:
    """Return a row with its sides exchanged."""
    return {**row, "before": row["after"], "after": row["before"]}


def report(name: str, rows: Sequence[Row], root: Path, errors: int, *, swapped: bool) -> None:
    """Print the figures of one part."""
    with ProcessPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as folder:
        answers = list(pool.map(judged, map(swap, rows) if swapped else rows, chunksize=4))
        gold, guess = Path(folder, "gold.jsonl"), Path(folder, "guess.jsonl")
        for path, items in ((gold, rows), (guess, answers)):
            path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
        command = [
            sys.executable,
            str(root / "tools" / "score_changes.py"),
            str(gold),
            str(guess),
            "--errors",
            str(errors),
        ]
        done = subprocess.run(command + ["--swapped"] * swapped, capture_output=True, text=True, check=True)
    print(f"== {name}{', swapped' if swapped else ''}\n{done.stdout}", flush=True)


def hard_pairs(root: Path, remainder: int) -> list[Row]:
    """Return the hard pairs with odd (1) or even (0) numbers."""
    lines: Iterable[str] = (root / "corpus" / "hard-pairs.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if int(row["id"].rsplit("-", 1)[1]) % 2 == remainder]


def main() -> int:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--errors", type=int, default=0, help="list up to N wrong alerts of each sort")
    parser.add_argument(
        "--part", choices=["development", "held-out", "all"], help="only this part, hard pairs left out"
    )
    args = parser.parse_args()
    root = corpus_root()
    if root is None:
        sys.exit("TRACKER_CORPUS is not set")
    rows = labelled_rows(root)
    parts = {
        "development": [row for row in rows if not is_held_out(row["service"])],
        "held-out": [row for row in rows if is_held_out(row["service"])],
        "all": rows,
    }
    for name, part in parts.items():
        if args.part in (None, name):
            for swapped in (False, True):
                report(name, part, root, args.errors, swapped=swapped)
    if args.part is None:
        for name, remainder in (("hard pairs, odd", 1), ("hard pairs, even", 0)):
            for swapped in (False, True):
                report(name, hard_pairs(root, remainder), root, args.errors, swapped=swapped)
    return 0


if __name__ == "__main__":
    sys.exit(main())
