"""Make `tracker/lexicon/models/scorer.json.gz`: which changes matter, which way they go, what they are about.

    TRACKER_CORPUS=... python -m tests.quality.train_scorer [--curve]

Needs the extra `train`. Sets its few thresholds by predictions out of fold over the development families, and prints
those figures; for the held-out families those of a model that never saw them; and for all, out of fold. What ships
has learned from all of them, so measuring it on the labelled pairs flatters: `tests.quality.evaluate --out-of-fold`
does not.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import corpus_root
from tests.quality.dataset import Row
from tests.quality.families import FOLDS
from tests.quality.figures import Figures, figures, guess
from tests.quality.learning import fit_classes, fit_direction, fit_topics
from tests.quality.material import invented, labelled_rows, read_by_us
from tests.quality.pipeline import labelled_row
from tracker.compare.learned.scorer import Scorer
from tracker.compare.vocabulary.models import dump

MODEL = Path(__file__).parents[2] / "tracker" / "lexicon" / "models" / "scorer.json.gz"
#: `neutral`, `linear` and `forest` are those with which whole verdicts, facts included, did best on the development
#: families out of fold: the scorer alone would alert for much that facts tell better. `threshold` is one of several
#: that do alike there, with which recall stays above 0.9 elsewhere too. `row_share` lets what was lost in a rewrite go
#: the way of what came in its place
START = {
    "threshold": 0.43, "topic_threshold": -0.5, "row_share": 0.2, "neutral": 1.5,
    "linear": 0.2, "forest": 0.3,
}  # fmt: skip
#: of which that is chosen with which the topics do best
TOPIC_THRESHOLDS = (-1.4, -1.1, -0.8, -0.5, -0.2, 0.1)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is learned, before its settings are chosen."""

    body: dict[str, Any]

    def scorer(self, settings: dict[str, float]) -> Scorer:
        """Return it ready for use."""
        return Scorer({**self.body, "settings": settings})


def fit(rows: Sequence[Row]) -> Fitted:
    """Learn from some rows, on one thread: several fight for the cores and take many times as long."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return Fitted({"classes": fit_classes(rows), "direction": fit_direction(rows), "topics": fit_topics(rows)})


def _without(rows: Sequence[Row], fold: int) -> list[Row]:
    return [row for row in rows if row.invented or row.fold != fold]


def out_of_fold(rows: Sequence[Row]) -> dict[int, Fitted]:
    """Return one model per fold that has not seen the fold's families."""
    with ProcessPoolExecutor(2) as pool:
        return dict(enumerate(pool.map(fit, [_without(rows, fold) for fold in range(FOLDS)])))


class Measured:
    """Rows measured once by the model that may see them, to be decided under many settings."""

    def __init__(self, rows: Iterable[Row], models: dict[int, Fitted]) -> None:
        self._models = models
        ready = {fold: model.scorer(START) for fold, model in models.items()}
        self._rows = [(row, ready[row.fold].measure([unit.features for unit in row.units])) for row in rows]

    def figures(self, settings: dict[str, float]) -> Figures:
        """Return the figures under some settings."""
        ready = {fold: model.scorer(settings) for fold, model in self._models.items()}
        return figures((row, guess(row, ready[row.fold].decide(measures))) for row, measures in self._rows)


def choose(measured: Measured) -> dict[str, float]:
    """Return the settings that do best out of fold; of equal ones the first."""
    trials = [{**START, "topic_threshold": value} for value in TOPIC_THRESHOLDS]
    return max(trials, key=lambda trial: round(measured.figures(trial).topics.f1, 4))


def load(root: Path) -> tuple[list[Row], list[Row]]:
    """Return the labelled pairs, and what else is learned from, with the features of their pairs of clauses."""
    with ProcessPoolExecutor(2) as pool:
        labelled = list(pool.map(labelled_row, labelled_rows(root), chunksize=8))
        return labelled, list(pool.map(labelled_row, invented() + read_by_us(root), chunksize=8))


def curve(rows: Sequence[Row], more: Sequence[Row], settings: dict[str, float]) -> None:
    """Print how the alert grows with the share of development families learned from."""
    families = sorted({row.family for row in rows})
    for share in (0.25, 0.5, 0.75, 1.0):
        known = {family for at, family in enumerate(families) if (at * 7919) % 100 < share * 100}
        part = [row for row in rows if row.family in known]
        figures_ = Measured(part, out_of_fold([*part, *more])).figures(settings)
        print(f"curve {share:.2f} of the families ({len(part)} rows): {figures_}", flush=True)


def main() -> int:
    """Train, choose, report, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--curve", action="store_true", help="print the learning curve as well")
    args = parser.parse_args()
    root = corpus_root()
    if root is None:
        sys.exit("TRACKER_CORPUS is not set")
    rows, more = load(root)
    development, held_out = [row for row in rows if not row.held_out], [row for row in rows if row.held_out]
    seen = [row for row in more if not row.held_out]
    measured = Measured(development, out_of_fold([*development, *seen]))
    settings = choose(measured)
    print("settings", settings)
    print("development, out of fold:", measured.figures(settings), flush=True)
    stranger = fit([*development, *seen])
    print("held out:                ", Measured(held_out, dict.fromkeys(range(FOLDS), stranger)).figures(settings))
    print("all, out of fold:        ", Measured(rows, out_of_fold([*rows, *more])).figures(settings), flush=True)
    if args.curve:
        curve(development, seen, settings)
    MODEL.write_bytes(dump({**fit([*rows, *more]).body, "settings": settings}))
    print(f"{MODEL.name}: {MODEL.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
