"""The shipped models stay above floors on a fixed sample of the real material."""

import hashlib
from pathlib import Path

import pytest

from tests.quality.families import is_held_out
from tests.quality.figures import figures, guess
from tests.quality.pipeline import labelled_row
from tests.quality.topic_scores import f1, opp115, opp_labels
from tests.quality.train_topics import labelled_rows
from tracker.compare.scorer import scorer

pytestmark = pytest.mark.corpus


def test_topics_of_segments_nobody_trained_on(corpus: Path) -> None:
    """Micro-F1 over the ten labels of the OPP-115 test split, segments with a label, is at least 0.73."""
    micro, _ = f1((want, opp_labels(text)) for text, want in opp115(corpus, "test") if want)
    assert micro >= 0.73


def test_the_scorer_on_services_it_never_saw(corpus: Path) -> None:
    """On 80 held-out rows the scorer alone beats an alert on keywords (F1 0.62) and finds most material blocks."""
    held_out = [row for row in labelled_rows(corpus) if is_held_out(row["service"])]
    sample = sorted(held_out, key=lambda row: hashlib.sha256(row["id"].encode()).hexdigest())[:80]
    rows = [labelled_row(row) for row in sample]
    got = figures((row, guess(row, scorer().score([unit.features for unit in row.units]))) for row in rows)
    assert got.alert.f1 >= 0.68, got
    assert got.blocks.recall >= 0.6, got
