"""Measure clause topics on OPP-115 and ToS;DR: micro- and macro-F1, per label.

TRACKER_CORPUS=... python -m tests.quality.topic_scores [--split test]
"""

import argparse
import csv
import gzip
import json
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from tests.conftest import corpus_root
from tracker.compare.text.topics import has_signal, topics_of

Pairs = Iterable[tuple[set[str], set[str]]]


def f1(pairs: Pairs) -> tuple[float, dict[str, tuple[int, int, int]]]:
    """Return micro-F1 and (true positives, false positives, misses) per label of (wanted, given) sets."""
    hits: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for want, got in pairs:
        hits.update(want & got)
        extra.update(got - want)
        missed.update(want - got)
    labels = sorted(set(hits) | set(extra) | set(missed))
    total = 2 * hits.total() + extra.total() + missed.total()
    return (2 * hits.total() / total if total else 0.0), {
        name: (hits[name], extra[name], missed[name]) for name in labels
    }


def opp_labels(text: str) -> set[str]:
    """Return the OPP-115 labels of a segment, by `lexicon/topic_maps.toml`."""
    maps = tomllib.loads((resources.files("tracker.lexicon") / "topic_maps.toml").read_text(encoding="utf-8"))["opp115"]
    topics = {topic.value for topic in topics_of(text)}
    found = set()
    for label, rule in maps.items():
        hit = bool(topics & set(rule["any_of"]))
        if "with_signal" in rule:
            hit = hit and has_signal(rule["with_signal"], text)
        if "or_signal" in rule:
            hit = hit or has_signal(rule["or_signal"], text)
        if hit:
            found.add(label)
    return found


def opp115(root: Path, split: str) -> list[tuple[str, set[str]]]:
    """Return the segments of a split with the ten labels we score; segments without any of them are left out."""
    maps = tomllib.loads((resources.files("tracker.lexicon") / "topic_maps.toml").read_text(encoding="utf-8"))["opp115"]
    found: dict[str, set[str]] = {}
    with (root / "corpus" / "opp115" / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        for text, label in csv.reader(file):
            found.setdefault(text, set()).update({label} & set(maps))
    return list(found.items())


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", default="test", choices=["train", "validation", "test"])
    args = parser.parse_args()
    root = corpus_root()
    if root is None:
        sys.exit("TRACKER_CORPUS is not set")
    rows = opp115(root, args.split)
    started = time.process_time()
    pairs = [(want, opp_labels(text)) for text, want in rows]
    spent = time.process_time() - started
    micro, labels = f1(pairs)
    labelled, _ = f1(pair for pair in pairs if pair[0])
    print(
        f"opp115 {args.split}: micro-F1 {micro:.3f} over {len(pairs)} segments, {labelled:.3f} over those with a label;"
        f" {len(pairs) / spent:.0f} segments/s"
    )
    for name, (hit, extra, missed) in labels.items():
        print(f"  {name:36} P {hit / (hit + extra or 1):.2f} R {hit / (hit + missed or 1):.2f}  ({hit + missed})")
    with gzip.open(root / "corpus" / "tosdr-points.jsonl.gz", "rt", encoding="utf-8") as file:
        points = [json.loads(line) for line in file]
    covered = {topic for point in points for topic in point["topics"]}
    micro, labels = f1(
        (set(point["topics"]), {topic.value for topic in topics_of(point["quote"])} & covered) for point in points
    )
    recall = sum(hit for hit, _, _ in labels.values()) / sum(hit + missed for hit, _, missed in labels.values())
    print(f"tosdr: micro-F1 {micro:.3f}, recall {recall:.3f} over {len(points)} quotes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
