"""Score the product on the labelled pairs, as they are and swapped, on the minimal pairs and what others wrote.

    TRACKER_CORPUS=... python -m tests.quality.evaluate [--errors N] [--part PART] [--out-of-fold]

Figures come from tools/score_changes.py. Without `--out-of-fold` the shipped scorer decides, which learned from all
these pairs: its figures flatter. With it, scorers are trained for the purpose and each row goes the whole way of the
product under one that never saw its family: development families by fold, the held-out ones by a scorer of all
development. Needs the extra `train`. Settings are chosen, and rules were written, looking at the development part;
not the held-out one, but for `threshold`, the trees and what features there are, chosen with all figures in view.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.conftest import corpus_root
from tests.quality.families import fold_of, is_held_out
from tests.quality.lines import is_odd
from tests.quality.material import by_others, labelled_rows, revised
from tests.quality.pipeline import read
from tracker.compare import compare
from tracker.compare.learned.scorer import Scorer

Row = dict[str, Any]


def judged(row: Row) -> Row:
    """Return the verdict on one row in the shape of `tracker compare --batch`."""
    return {"id": row["id"], **compare(read(row["before"]), read(row["after"])).to_json()}


def judged_by(scorers: Mapping[int | None, Scorer], row: Row) -> Row:
    """Return the verdict on one row under the scorer of its fold, that of None where its family is held out."""
    fold = None if is_held_out(row["service"]) else fold_of(row["service"])
    with patch("tracker.compare.learned.scorer.scorer", return_value=scorers[fold]):
        return judged(row)


def strangers(root: Path) -> dict[int | None, Scorer]:
    """Train and return scorers by the fold that none of them saw; None is the one that saw all of development."""
    from tests.quality.train_scorer import Measured, choose, fit, load, out_of_fold

    labelled, more = load(root)
    rows, seen = ([row for row in part if not row.held_out] for part in (labelled, more))
    models = out_of_fold([*rows, *seen])
    settings = choose(Measured(rows, models))
    return {
        **{fold: model.scorer(settings) for fold, model in models.items()},
        None: fit([*rows, *seen]).scorer(settings),
    }


def swap(row: Row) -> Row:
    """Return a row with its sides exchanged."""
    return {**row, "before": row["after"], "after": row["before"]}


def report(
    name: str, rows: Sequence[Row], root: Path, errors: int, *, swapped: bool, judge: Callable[[Row], Row] = judged
) -> None:
    """Print the figures of one part."""
    with ProcessPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as folder:
        answers = list(pool.map(judge, map(swap, rows) if swapped else rows, chunksize=4))
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


def numbered(lines: Iterable[str], remainder: int) -> list[Row]:
    """Return the minimal pairs with odd (1) or even (0) numbers."""
    return [row for row in map(json.loads, lines) if is_odd(row["id"]) == bool(remainder)]


def minimal_pairs(root: Path) -> dict[str, list[Row]]:
    """Return the minimal pairs, those of the corpus and our own; odd ones are looked at, even ones are not."""
    hard = (root / "corpus" / "hard-pairs.jsonl").read_text(encoding="utf-8").splitlines()
    files = sorted((Path(__file__).parent / "pairs").glob("*.jsonl"))
    own = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {
        f"{name} pairs, {part}": numbered(lines, remainder)
        for name, lines in (("hard", hard), ("own", own))
        for part, remainder in (("odd", 1), ("even", 0))
    }


def main() -> int:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--errors", type=int, default=0, help="list up to N wrong alerts of each sort")
    parser.add_argument(
        "--part", choices=["development", "held-out", "all", "minimal", "others", "revised"], help="only this part"
    )
    parser.add_argument(
        "--out-of-fold", action="store_true", help="by scorers trained for it that never saw a row's family"
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
    judge = partial(judged_by, strangers(root)) if args.out_of_fold else judged
    for name, part in parts.items():
        if args.part in (None, name):
            for swapped in (False, True):
                report(name, part, root, args.errors, swapped=swapped, judge=judge)
    if args.part in (None, "minimal") and not args.out_of_fold:
        for name, part in minimal_pairs(root).items():
            for swapped in (False, True):
                report(name, part, root, args.errors, swapped=swapped)
    if args.part in (None, "others") and not args.out_of_fold:
        for name, part in by_others().items():
            even = [row for row in part if not is_odd(row["id"])]
            report(f"by other hands, even: {name}", even, root, args.errors, swapped=False)
    if args.part in (None, "revised"):
        for swapped in (False, True):
            report("real clauses revised, even", revised(root), root, args.errors, swapped=swapped, judge=judge)
    return 0


if __name__ == "__main__":
    sys.exit(main())
