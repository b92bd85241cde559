"""Word vectors: words that keep the same company in policies lie near each other.

"oregon" lies by "montana", "lease" by "sell", so that what was learned of one word holds for its like. The vectors
(`lexicon/models/neighbours.json.gz`) are made by `tests/quality/train_neighbours.py` from unlabelled policy text:
positive pointwise mutual information of words within a window, reduced by a singular value decomposition (Levy,
Goldberg & Dagan 2015, "Improving Distributional Similarity with Lessons Learned from Word Embeddings").
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from operator import mul
from typing import Any

from tracker.compare.vocabulary.models import shipped, unpack
from tracker.errors import LexiconError

Vector = tuple[float, ...]

_UNIT = 127  #: what 1.0 is stored as
_UNKNOWN = -0.2  #: likeness where a side has no known word: below that of words with nothing in common


class Neighbours:
    """Vectors of words, and how rare each word is."""

    def __init__(self, body: dict[str, Any]) -> None:
        try:
            self.size = int(body["size"])
            rows = unpack(body["vectors"], self.size)
            words, rarity = body["words"], body["rarity"]
            if not len(rows) == len(words) == len(rarity):
                raise LexiconError("damaged model file: words and vectors do not fit each other; install it again")
            self._vectors = dict(zip(words, rows, strict=True))
            self._rarity = {word: float(value) for word, value in zip(words, rarity, strict=True)}
        except (KeyError, TypeError, ValueError) as error:
            raise LexiconError(f"damaged model of word neighbours: {error}; install it again") from error

    def __contains__(self, word: str) -> bool:
        return word in self._vectors

    def likeness(self, one: str, other: str) -> float:
        """Return the cosine of two words, -0.2 where one is not known."""
        return likeness(self._vectors.get(one), self._vectors.get(other))

    def mean(self, words: Iterable[str]) -> Vector | None:
        """Return the mean vector of some words, rare ones counting more; None where none is known."""
        known = [(self._rarity[word], self._vectors[word]) for word in words if word in self._vectors]
        rarities = [rarity for rarity, _ in known]
        weight = sum(rarities)
        if not weight:
            return None
        columns = zip(*(vector for _, vector in known), strict=True)
        return tuple(sum(map(mul, column, rarities)) / (weight * _UNIT) for column in columns)


def likeness(one: Vector | None, other: Vector | None) -> float:
    """Return the cosine of two mean vectors, -0.2 where one is missing."""
    if one is None or other is None:
        return _UNKNOWN
    sizes = math.sqrt(sum(a * a for a in one)) * math.sqrt(sum(b * b for b in other))
    return sum(a * b for a, b in zip(one, other, strict=True)) / sizes if sizes else _UNKNOWN


@lru_cache(maxsize=1)
def neighbours() -> Neighbours:
    """Return the shipped vectors. Raises LexiconError when their file is missing or damaged."""
    return Neighbours(shipped("neighbours"))
