"""Make `tracker/lexicon/models/neighbours.json.gz`: which words keep the same company in policies.

    TRACKER_CORPUS=... python -m tests.quality.train_neighbours [--like WORD...]

Needs the extra `train`. Nobody labelled what it learns from: the distinct clauses of the recorded policies, all of
them, with no regard to what changed. `--like` prints the nearest neighbours of words.
"""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd

from tests.conftest import corpus_root
from tests.quality.material import labelled_rows
from tests.quality.pipeline import read
from tracker.compare.vocabulary.models import dump, pack, words_of

MODEL = Path(__file__).parents[2] / "tracker" / "lexicon" / "models" / "neighbours.json.gz"
SIZE = 32  #: numbers kept of each vector
COMPONENTS = 100  #: of the decomposition; a vector has length 1 before it is cut to SIZE
MOST_WORDS, LEAST_COUNT = 12_000, 5
WINDOW = 4
LONGEST = 300  #: words of a clause
SMOOTHING = 0.75  #: exponent of the context counts


def clauses(root: Path) -> list[list[str]]:
    """Return the words of each distinct clause of the recorded policies."""
    found: dict[str, list[str]] = {}
    for row in labelled_rows(root):
        for side in ("before", "after"):
            for clause in read(row[side]).clauses:
                if clause.key not in found:
                    found[clause.key] = words_of(clause.text)[:LONGEST]
    return list(found.values())


def together(texts: Iterable[Sequence[str]], place: dict[str, int]) -> Any:
    """Return how often each known word stands near each other one, nearer counting more."""
    counts: Counter[tuple[int, int]] = Counter()
    for words in texts:
        places = [place.get(word, -1) for word in words]
        for at, one in enumerate(places):
            if one < 0:
                continue
            for to in range(max(0, at - WINDOW), min(len(places), at + WINDOW + 1)):
                if to != at and places[to] >= 0:
                    counts[one, places[to]] += 1 / abs(at - to)  # type: ignore[assignment]
    rows, columns = np.array(list(counts)).T
    return csr_matrix((np.array(list(counts.values())), (rows, columns)), shape=(len(place), len(place)))


def vectors(counts: Any) -> Any:
    """Return one vector of length 1 for each word."""
    of_word = np.asarray(counts.sum(axis=1)).ravel()
    of_context = np.asarray(counts.sum(axis=0)).ravel() ** SMOOTHING
    of_context /= of_context.sum()
    cells = counts.tocoo()
    information = np.log(cells.data / (of_word[cells.row] * of_context[cells.col]))
    table = csr_matrix((np.maximum(information, 0), (cells.row, cells.col)), shape=counts.shape)
    left, strength, _ = randomized_svd(table, n_components=COMPONENTS, random_state=0)
    found = left * np.sqrt(strength)
    # A decomposition fixes its axes up to their sign; the largest entry of each points up.
    found *= np.sign(found[np.abs(found).argmax(axis=0), range(COMPONENTS)])
    return found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-9)


def main() -> int:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--like", nargs="*", default=[], metavar="WORD", help="print the nearest neighbours of words")
    args = parser.parse_args()
    root = corpus_root()
    if root is None:
        sys.exit("TRACKER_CORPUS is not set")
    texts = clauses(root)
    counts = Counter(word for words in texts for word in words)
    in_clauses = Counter(word for words in texts for word in set(words))
    # Words of the same count in the order of the alphabet: the same texts give the same file.
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[:MOST_WORDS]
    known = [word for word in ranked if counts[word] >= LEAST_COUNT]
    table = vectors(together(texts, {word: at for at, word in enumerate(known)}))
    for word in args.like:
        nearest = np.argsort(-table @ table[known.index(word)])[1:9]
        print(word, *(known[at] for at in nearest))
    whole = np.clip(np.rint(table[:, :SIZE] * 127), -127, 127).astype(int)
    rarity = [round(math.log(len(texts) / in_clauses[word]), 2) for word in known]
    MODEL.write_bytes(dump({"size": SIZE, "words": known, "vectors": pack(whole.tolist()), "rarity": rarity}))
    print(f"{len(texts)} clauses, {len(known)} words; {MODEL.name}: {MODEL.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
