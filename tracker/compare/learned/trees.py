"""Decision trees over named features: boosted ones that add up to log-odds, and a forest that takes the mean.

A thousand trees are asked about every pair of clauses that differs. Small ones are not walked one by one: each
threshold that a feature is above strikes the leaves it rules out off all trees at once, and what each says is the first
that is left (Lucchese et al. 2015, "QuickScorer: a Fast Algorithm to Rank Documents with Additive Ensembles of
Regression Trees"). Large ones would need too much memory for that.
"""

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from operator import getitem
from typing import Any

_WIDTHS = {16: "H", 32: "I", 64: "Q"}  #: leaves that a tree may have, and how `struct` calls a number of as many bits


#: A leaf is what it says. Any other node is a tuple: feature, threshold, what follows where the feature is at most
#: that, and what follows above it.
Node = float | tuple[int, float, Any, Any]


def _lists(body: Mapping[str, Any]) -> tuple[Sequence[int], Sequence[float], Sequence[int], Sequence[int]]:
    """Return a tree as lists by node: `feature` (-1 at a leaf), `value` (threshold, or what a leaf says), children.

    Raises ValueError where they are none of a tree; children stand behind their parents.
    """
    features, values, lefts, rights = (body[name] for name in ("feature", "value", "left", "right"))
    if not features or not len(features) == len(values) == len(lefts) == len(rights):
        raise ValueError("a tree whose nodes are not whole")
    for at, feature in enumerate(features):
        if feature >= 0 and not (at < lefts[at] < len(features) and at < rights[at] < len(features)):
            raise ValueError("a tree whose nodes lead back or out of it")
    return features, values, lefts, rights


def _node(body: Mapping[str, Any]) -> Node:
    """Return the root of a small tree."""
    features, values, lefts, rights = _lists(body)
    nodes: list[Node] = [0.0] * len(features)
    for at in reversed(range(len(features))):
        is_leaf = features[at] < 0
        nodes[at] = values[at] if is_leaf else (features[at], values[at], nodes[lefts[at]], nodes[rights[at]])
    return nodes[0]


def _leaves(node: Node) -> list[float]:
    """Return what the leaves say, those of the lower side first."""
    return [*_leaves(node[2]), *_leaves(node[3])] if isinstance(node, tuple) else [node]


def _struck(node: Node, first: int = 0) -> Iterator[tuple[int, float, int]]:
    """Yield feature and threshold of each node, and a bit for each leaf that it strikes off where it is exceeded."""
    if isinstance(node, tuple):
        feature, threshold, low, high = node
        lower = len(_leaves(low))
        yield feature, threshold, (1 << lower) - 1 << first
        yield from _struck(low, first)
        yield from _struck(high, first + lower)


class SmallTrees:
    """Trees of at most 64 leaves, asked all at once."""

    def __init__(self, trees: Sequence[Node], names: Sequence[str]) -> None:
        leaves = [_leaves(tree) for tree in trees]
        most = max(map(len, leaves), default=1)
        width = next((width for width in _WIDTHS if most <= width), 0)
        if not width:
            raise ValueError(f"a boosted tree of {most} leaves, where {max(_WIDTHS)} are the most")
        self._said = [{1 << at: said for at, said in enumerate(one)} for one in leaves]
        # As text: a compiled one cannot be handed to another process, as scorers are.
        self._numbers = f"<{len(trees)}{_WIDTHS[width]}"
        self._size = struct.calcsize(self._numbers)
        self._all = (1 << width * len(trees)) - 1
        self._ones = sum(1 << width * at for at in range(len(trees)))  #: the lowest bit of each tree
        splits: dict[int, dict[float, int]] = {}
        for at, tree in enumerate(trees):
            for feature, threshold, bits in _struck(tree):
                of_feature = splits.setdefault(feature, {})
                of_feature[threshold] = of_feature.get(threshold, 0) | bits << width * at
        self._splits = {names[feature]: self._left(splits[feature]) for feature in sorted(splits)}
        #: What the features leave that strike leaves off even where they are 0, as most are of most pairs.
        self._at_zero = {
            name: masks[above]
            for name, (thresholds, masks) in self._splits.items()
            if (above := bisect_left(thresholds, 0.0))
        }

    def _left(self, struck: Mapping[float, int]) -> tuple[list[float], list[int]]:
        """Return the thresholds of a feature, and the leaves left where a value is above none, the first, two ..."""
        left = [self._all]
        for threshold in sorted(struck):
            left.append(left[-1] & ~struck[threshold])
        return sorted(struck), left

    def values(self, dense: Mapping[str, float]) -> list[float]:
        """Return what each tree says; features that are not given are 0."""
        left = self._all
        splits = self._splits
        for name, value in dense.items():
            if value and name in splits:
                thresholds, masks = splits[name]
                above = bisect_left(thresholds, value)
                if above:
                    left &= masks[above]
        for name, mask in self._at_zero.items():
            if not dense.get(name):
                left &= mask
        # The first leaf left of each tree, of all at once: one is left in every tree, so that none borrows of the next.
        first = left & ~(left - self._ones)
        return list(map(getitem, self._said, struct.unpack(self._numbers, first.to_bytes(self._size, "little"))))


class Boosted:
    """Rounds of one tree per label, whose values add up."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._base: tuple[float, ...] = tuple(body["base"])
        if any(len(trees) != len(self._base) for trees in body["rounds"]):
            raise ValueError("rounds that have not one tree for each label")
        self._trees = SmallTrees([_node(tree) for trees in body["rounds"] for tree in trees], body["features"])

    def scores(self, dense: Mapping[str, float]) -> list[float]:
        """Return one score per label."""
        values, labels = self._trees.values(dense), len(self._base)
        return [sum(values[label::labels], base) for label, base in enumerate(self._base)]


class Forest:
    """Trees that each saw another draw of the examples; their mean is a probability."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._names: tuple[str, ...] = tuple(body["features"])
        # Flat arrays: what a walk reads then lies close together, which counts for more than how it is read.
        self._trees = [
            (array("h", features), array("d", values), array("H", lefts), array("H", rights))
            for features, values, lefts, rights in map(_lists, body["trees"])
        ]
        if not self._trees:
            raise ValueError("a forest without trees")

    def probabilities(self, described: Sequence[Mapping[str, float]]) -> list[float]:
        """Return the mean of what the trees say, for each of some examples."""
        rows = [list(map(dense.get, self._names, repeat(0.0))) for dense in described]
        totals = [0.0] * len(rows)
        for features, values, lefts, rights in self._trees:
            for number, row in enumerate(rows):
                at = 0
                while (feature := features[at]) >= 0:
                    at = lefts[at] if row[feature] <= values[at] else rights[at]
                totals[number] += values[at]
        return [total / len(self._trees) for total in totals]
