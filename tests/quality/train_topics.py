"""Make `tracker/lexicon/models/topics.json.gz`: which topics a clause has.

    TRACKER_CORPUS=... python -m tests.quality.train_topics

Needs the extra `train`. Learns from paragraphs of recorded policies by the section heading above them (nobody
labelled those) and from changes written for it. The labelled pairs are not among them: topics are features of the
scorer, and what it is measured on must not have taught them. OPP-115 and ToS;DR are for measuring only.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import corpus_root
from tests.quality.material import invented, labelled_rows
from tracker.compare.text.topics import topic_evidence
from tracker.compare.vocabulary.cues import any_match, compile_cue
from tracker.compare.vocabulary.models import counted, dump, pack, words_of
from tracker.words import Topic

MODEL = Path(__file__).parents[2] / "tracker" / "lexicon" / "models" / "topics.json.gz"
NOTHING: frozenset[Topic] = frozenset()
LABELS: list[Topic] = [topic for topic in Topic if topic is not Topic.OTHER]
PER_LABEL = 900  #: features kept for each topic
PER_DOCUMENT = 250  #: paragraphs taken from one document, so that the longest do not teach alone
WRITTEN_WEIGHT = 2.0
REGULARISATION = 0.02
SHIFT = 0.25  #: added to each bias: F1 is best where a label is given from a probability of 0.44 on
GENERAL = frozenset({Topic.FIRST_PARTY_COLLECTION, Topic.FIRST_PARTY_USE})  #: give way to any other topic of a heading
_HEADING = re.compile(r"^\s*(?:(#{1,6})\s+(.+)|(?:[\divx]+[\\.)]*\s*)?\*\*([^*]{3,90})\*\*:?\s*)$")
_BOLD = 7  #: the level of a line in bold: below every heading marked as one
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKUP = re.compile(r"[*_`\\]|^\s*(?:[-+>|]|\d+\.)\s+|<[^>]{0,80}>")


@dataclass(frozen=True, slots=True)
class Example:
    """One text with what it is about, and how much it counts."""

    text: str
    topics: frozenset[Topic]
    weight: float = 1.0
    unsure: frozenset[Topic] = NOTHING  #: it may be about these as well


def plain(markdown: str) -> str:
    """Return Markdown without its marks, as far as a bag of words cares."""
    return " ".join(_MARKUP.sub(" ", _LINK.sub(r"\1", markdown)).split())


def headings() -> tuple[dict[Topic, tuple[Any, ...]], tuple[Any, ...]]:
    """Return the cues of `headings.toml`, compiled: those of each topic, and those of headings without any."""
    data = tomllib.loads(Path(__file__).with_name("headings.toml").read_text(encoding="utf-8"))
    silent = tuple(map(compile_cue, data.pop("none")))
    return {Topic(name): tuple(map(compile_cue, cues)) for name, cues in data.items()}, silent


def documents(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (service, document, Markdown) of recorded policies, the last version of each."""
    last: dict[tuple[str, str], tuple[str, str]] = {}
    for row in labelled_rows(root):
        key = (row["service"], row["document"])
        last[key] = max(last.get(key, ("", "")), (row["date"], row["after"]))
    with tempfile.TemporaryDirectory() as folder:
        bundle = root / "corpus" / "genai-eu-versions.bundle"
        subprocess.run(["git", "clone", "-q", str(bundle), folder], check=True)
        for path in sorted(Path(folder).glob("*/*.md")):
            last.setdefault((path.parent.name, path.stem), ("", path.read_text(encoding="utf-8")))
    for (service, document), (_, text) in sorted(last.items()):
        yield service, document, text


def by_headings(text: str, cues: dict[Topic, tuple[Any, ...]], silent: tuple[Any, ...]) -> Iterator[Example]:
    """Yield the paragraphs of one document that stand under a telling heading, or under one of none of the topics.

    A heading that tells nothing belongs to the one above it; `silent` are the cues of headings that rule topics out.
    """
    above: list[tuple[int, frozenset[Topic] | None, frozenset[Topic]]] = []  # level, topics (None: unknown), unsure
    taken = 0
    for line in text.split("\n"):
        match = _HEADING.match(line)
        if match:
            level = len(match.group(1)) if match.group(1) else _BOLD
            heading = plain(match.group(2) or match.group(3)).lower().replace("’", "'")
            while above and above[-1][0] >= level:
                above.pop()
            found = frozenset(topic for topic, phrases in cues.items() if any_match(phrases, heading))
            sure = found - GENERAL or found
            if 1 <= len(sure) <= 2:
                above.append((level, sure, found - sure))
                yield Example(heading, sure, 0.5, found - sure)
            elif sure:
                above.append((level, None, NOTHING))
            elif any_match(silent, heading):
                above.append((level, NOTHING, NOTHING))
            else:
                above.append((level, *(above[-1][1:] if above else (None, NOTHING))))
            continue
        topics, unsure = above[-1][1:] if above else (None, NOTHING)
        paragraph = plain(line)
        if topics is not None and taken < PER_DOCUMENT and 6 <= len(paragraph.split()) <= 250:
            taken += 1
            yield Example(paragraph, topics, unsure=unsure)


def written() -> Iterator[Example]:
    """Yield both sides of the invented changes that have topics."""
    for row in invented(variants=False):
        for hunk in row["hunks"]:
            for side in ("before", "after"):
                text = plain(hunk[side])
                if hunk["topics"] and len(text.split()) >= 3:
                    yield Example(text, frozenset(map(Topic, hunk["topics"])), WRITTEN_WEIGHT)


def examples(root: Path) -> list[Example]:
    """Return all training texts, each text once."""
    cues, silent = headings()
    found: dict[str, Example] = {}
    for _, _, text in documents(root):
        for example in by_headings(text, cues, silent):
            found.setdefault(example.text, example)
    for example in written():
        found[example.text] = example
    return list(found.values())


def fit(data: list[Example]) -> dict[str, Any]:
    """Return the model's body: choose features by a first fit over all, then fit again on those alone."""
    import numpy as np
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    bags = [counted(words_of(example.text)) for example in data]
    seen: dict[str, int] = defaultdict(int)
    for bag in bags:
        for feature in bag:
            seen[feature] += 1
    bags = [{feature: value for feature, value in bag.items() if seen[feature] >= 4} for bag in bags]
    vectorizer = DictVectorizer(dtype=np.float32)
    matrix = vectorizer.fit_transform(bags)
    names = vectorizer.get_feature_names_out()
    idf = np.log(len(data) / np.array([seen[name] for name in names])).astype(np.float32)
    matrix = matrix.multiply(idf).tocsr()
    weights = np.array([example.weight for example in data])
    named = [frozenset(topic_evidence(example.text)) | example.unsure for example in data]

    def solve(x: Any, topic: Topic) -> Any:
        target = np.array([topic in example.topics for example in data])
        # A paragraph that names a topic its heading does not name is no example of either.
        taught = np.flatnonzero(target | np.array([topic not in names for names in named]))
        model = LogisticRegression(C=REGULARISATION, solver="liblinear", dual=True, random_state=0)
        return model.fit(x[taught], target[taught], sample_weight=weights[taught])

    kept: set[int] = set()
    for topic in LABELS:
        coefficients = np.abs(solve(matrix, topic).coef_[0])
        kept.update(np.argsort(-coefficients, kind="stable")[:PER_LABEL].tolist())
    columns = np.array(sorted(kept))
    small = matrix[:, columns]
    rows, bias, scale = [], [], []
    for topic in LABELS:
        model = solve(small, topic)
        folded = model.coef_[0] * idf[columns]
        step = float(np.abs(folded).max() / 127)
        rows.append(np.rint(folded / step).astype(int))
        bias.append(round(float(model.intercept_[0]) + SHIFT, 5))
        scale.append(round(step, 8))
    table = np.stack(rows, axis=1)
    return {
        "labels": [topic.value for topic in LABELS],
        "features": [str(name) for name in names[columns]],
        "bias": bias,
        "scale": scale,
        "weights": pack(table.tolist()),
    }


def main() -> int:
    """Train and write."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    root = corpus_root()
    if root is None:
        sys.exit("TRACKER_CORPUS is not set")
    data = examples(root)
    counts = {topic.value: sum(topic in example.topics for example in data) for topic in LABELS}
    print(f"{len(data)} texts", counts)
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    MODEL.write_bytes(dump(fit(data)))
    print(f"{MODEL.name}: {MODEL.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
