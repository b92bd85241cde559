"""The shipped program stays above floors on what nobody developed on."""

from pathlib import Path

import pytest

from tests.quality.evaluate import judged, minimal_pairs, numbered, swap
from tests.quality.lines import is_odd
from tests.quality.material import by_others
from tests.quality.topic_scores import f1, opp115, opp_labels


@pytest.mark.corpus
def test_topics_of_segments_nobody_trained_on(corpus: Path) -> None:
    """Micro-F1 over the ten labels of the OPP-115 test split, segments with a label, is at least 0.73."""
    micro, _ = f1((want, opp_labels(text)) for text, want in opp115(corpus, "test") if want)
    assert micro >= 0.73


def test_minimal_pairs_nobody_developed_on() -> None:
    """Of the even own pairs, which nothing learned from, at least 64 of 100 are judged rightly."""
    files = sorted((Path(__file__).parent / "pairs").glob("*.jsonl"))
    pairs = numbered((line for file in files for line in file.read_text(encoding="utf-8").splitlines()), 0)
    right = sum(judged(pair)["alert"] == pair["material"] for pair in pairs)
    assert right >= 0.64 * len(pairs), right


@pytest.mark.corpus
def test_hard_pairs_nobody_developed_on(corpus: Path) -> None:
    """Of the 30 even-numbered hard pairs at least 24 are alerted or left alone rightly, read either way."""
    pairs = minimal_pairs(corpus)["hard pairs, even"]
    for way in (pairs, [swap(pair) for pair in pairs]):
        assert sum(judged(pair)["alert"] == pair["material"] for pair in way) >= 24


def test_directions_of_changes_by_another_hand() -> None:
    """Of the long changes nothing learned from, rightly alerted, at least 64 of 100 are said to go the right way."""
    rows = [row for row in by_others()["directions"] if row["alert"] and not is_odd(row["id"])]
    told = [(row["hunks"][0]["direction"], verdict) for row in rows if (verdict := judged(row))["alert"]]
    right = sum(verdict["direction"] == way for way, verdict in told)
    assert right >= 0.64 * len(told), right
