"""Decision trees: asked all at once they say what each says when it is walked from its root to a leaf."""

import random
from typing import Any

import pytest

from tracker.compare.learned.trees import Boosted, Forest

NAMES = ["length", "moved", "share", "links"]


def grown(draw: random.Random, leaves: int) -> dict[str, list[Any]]:
    """Return a random tree of so many leaves, as a model file holds it."""
    tree: dict[str, list[Any]] = {"feature": [], "value": [], "left": [], "right": []}

    def grow(some: int) -> int:
        at = len(tree["feature"])
        for name, given in (("feature", -1), ("value", round(draw.uniform(-2, 2), 1)), ("left", 0), ("right", 0)):
            tree[name].append(given)
        if some > 1:
            tree["feature"][at] = draw.randrange(len(NAMES))
            lower = draw.randint(1, some - 1)
            tree["left"][at], tree["right"][at] = grow(lower), grow(some - lower)
        return at

    grow(leaves)
    return tree


def said(tree: dict[str, list[Any]], dense: dict[str, float]) -> float:
    """Walk a tree."""
    at = 0
    while tree["feature"][at] >= 0:
        is_low = dense.get(NAMES[tree["feature"][at]], 0.0) <= tree["value"][at]
        at = tree["left" if is_low else "right"][at]
    return float(tree["value"][at])


def described(draw: random.Random) -> dict[str, float]:
    """Return values of some features, many of them the very thresholds of the trees."""
    return {name: round(draw.uniform(-2, 2), 1) for name in NAMES if draw.random() < 0.7}


@pytest.mark.parametrize("most", [1, 12, 16, 17, 40, 64])
def test_boosted_trees_say_together_what_each_says(most: int) -> None:
    """Trees of any number of leaves up to the most, and values on, below and above thresholds."""
    draw = random.Random(most)
    rounds = [[grown(draw, most) for _ in range(3)] for _ in range(7)]
    boosted = Boosted({"features": NAMES, "base": [0.5, -1.0, 0.0], "rounds": rounds})
    for _ in range(300):
        dense = described(draw)
        expected = [
            sum((said(trees[label], dense) for trees in rounds), base) for label, base in enumerate((0.5, -1.0, 0.0))
        ]
        assert boosted.scores(dense) == expected


def test_a_forest_says_the_mean() -> None:
    """Of trees that may be large."""
    draw = random.Random(5)
    trees = [grown(draw, 300) for _ in range(8)]
    forest = Forest({"features": NAMES, "trees": trees})
    examples = [described(draw) for _ in range(100)]
    expected = [sum(said(tree, dense) for tree in trees) / 8 for dense in examples]
    assert forest.probabilities(examples) == expected


LEAF = {"feature": [-1], "value": [1.0], "left": [0], "right": [0]}
ROUND = {"feature": [0, -1, -1], "value": [0.5, 1.0, 2.0], "left": [0, 0, 0], "right": [2, 0, 0]}
OUTSIDE = ROUND | {"left": [1, 0, 0], "right": [3, 0, 0]}
SHORT = ROUND | {"left": [1, 0]}


@pytest.mark.parametrize("tree", [ROUND, OUTSIDE, SHORT, {name: [] for name in LEAF}])
def test_damaged_trees_are_refused(tree: dict[str, list[Any]]) -> None:
    """No file leads round in circles, or out of its lists."""
    with pytest.raises(ValueError, match="a tree whose nodes"):
        Forest({"features": NAMES, "trees": [LEAF, tree]})
    with pytest.raises(ValueError, match="a tree whose nodes"):
        Boosted({"features": NAMES, "base": [0.0], "rounds": [[tree]]})


def test_boosted_trees_that_are_too_large_or_too_few_are_refused() -> None:
    """The message says how large they may be."""
    with pytest.raises(ValueError, match="65 leaves, where 64 are the most"):
        Boosted({"features": NAMES, "base": [0.0], "rounds": [[grown(random.Random(1), 65)]]})
    with pytest.raises(ValueError, match="one tree for each label"):
        Boosted({"features": NAMES, "base": [0.0, 1.0], "rounds": [[LEAF]]})
