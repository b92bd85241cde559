"""Decision trees over named features: boosted ones that add up to log-odds, and a forest that takes the mean."""

from array import array
from collections.abc import Mapping
from typing import Any


class Tree:
    """One binary tree, in flat arrays: thousands of nodes stay small in memory."""

    __slots__ = ("_features", "_lefts", "_rights", "_values")

    def __init__(self, body: Mapping[str, Any]) -> None:
        """Read `feature` (-1 at a leaf), `value` (threshold, or what a leaf says), `left` and `right`, by node."""
        self._features: array[int] = array("h", body["feature"])
        self._values: array[float] = array("d", body["value"])
        self._lefts: array[int] = array("H", body["left"])
        self._rights: array[int] = array("H", body["right"])
        sizes = {len(self._features), len(self._values), len(self._lefts), len(self._rights)}
        if len(sizes) != 1 or not self._features:
            raise ValueError("a tree whose nodes are not whole")

    def value(self, row: list[float]) -> float:
        """Return what the leaf says that a row of features leads to."""
        at = 0
        while (feature := self._features[at]) >= 0:
            at = self._lefts[at] if row[feature] <= self._values[at] else self._rights[at]
        return self._values[at]


class Boosted:
    """Rounds of one tree per label, whose values add up."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._names: tuple[str, ...] = tuple(body["features"])
        self._base: tuple[float, ...] = tuple(body["base"])
        self._rounds = [[Tree(tree) for tree in trees] for trees in body["rounds"]]

    def scores(self, dense: Mapping[str, float]) -> list[float]:
        """Return one score per label."""
        row = [dense.get(name, 0.0) for name in self._names]
        totals = list(self._base)
        for trees in self._rounds:
            for label, tree in enumerate(trees):
                totals[label] += tree.value(row)
        return totals


class Forest:
    """Trees that each saw another draw of the examples; their mean is a probability."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._names: tuple[str, ...] = tuple(body["features"])
        self._trees = [Tree(tree) for tree in body["trees"]]
        if not self._trees:
            raise ValueError("a forest without trees")

    def probability(self, dense: Mapping[str, float]) -> float:
        """Return the mean of what the trees say."""
        row = [dense.get(name, 0.0) for name in self._names]
        return sum(tree.value(row) for tree in self._trees) / len(self._trees)
