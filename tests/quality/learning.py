"""Fit the parts of the scorer with scikit-learn and return them as plain data."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from tests.quality.dataset import UNLABELLED_WEIGHT, Row, Unit
from tracker.words import ClauseClass, Direction, Topic

CLASSES = (ClauseClass.MATERIAL, ClauseClass.MINOR, ClauseClass.COSMETIC, ClauseClass.NOISE)
MIN_WORD_ROWS = 4  #: rows in which a word has to change before it is a feature
MIN_WORD_FAMILIES = 3  #: and families, so that no single company teaches a word
TREES = 80  #: rounds of one tree per class
FOREST = 50  #: trees of the forest; twice as many decide no better
#: Features that the forest does without: with them it ranked the real pairs worse, since it draws few of many alike.
BY_SENSE = ("sense ", "echo ")
INVENTED_WEIGHT = 0.1  #: of a change written to learn from, where it is asked what matters: there the real ones decide
OTHERS_WEIGHT = 0.2  #: of one by other hands, who know more ways to say a thing than we thought of
OTHERS_WAYS = 0.3  #: of one by other hands, where it is asked which way it goes
OTHERS_TOPICS = 0.5  #: of one by other hands, where it is asked what it is about
REVISED = 0.3  #: of a real clause that other hands revised
LEAST_SWAY = 0.02  #: of a word's log-odds: weaker ones only make the model large
LEAST_TOPIC = 0.03  #: and of a topic's
ALONE = 0.3  #: of a real sentence that is taken to have come, where it is asked which way it goes or what it is about


def weights_of(rows: Sequence[Row], *, invented: float, others: float) -> dict[int, float]:
    """Return what each unit (by identity) counts: less in a block cut into many pairs and in a row of many blocks.

    `invented` is what a row that we wrote counts, `others` one by other hands; a real one counts 1.
    """
    found: dict[int, float] = {}
    for row in rows:
        share = others if row.by_others else invented if row.invented else REVISED if row.revised else 1.0
        per_hunk = Counter(unit.hunk for unit in row.units)
        for unit in row.units:
            weight = (1 / per_hunk[unit.hunk]) ** 0.5 * (1 / max(1, len(per_hunk))) ** 0.35
            weight *= UNLABELLED_WEIGHT if unit.hunk is None else 1.0
            found[id(unit)] = weight * share
    return found


def counts_of(rows: Sequence[Row], *, others: float) -> dict[int, float]:
    """Return what each unit (by identity) counts where each is asked for itself, however many its block or row has."""
    found: dict[int, float] = {}
    for row in rows:
        share = others if row.by_others else ALONE if row.alone else REVISED if row.revised else 1.0
        found.update((id(unit), share) for unit in row.units)
    return found


def vocabulary(rows: Sequence[Row], kind: str) -> set[str]:
    """Return the words (`words` or `turns`) that differ in enough rows of enough families."""
    in_rows: Counter[str] = Counter()
    families: dict[str, set[str]] = {}
    for row in rows:
        seen = {word for unit in row.units for word in getattr(unit.features, kind)}
        in_rows.update(seen)
        for word in seen:
            families.setdefault(word, set()).add(row.family)
    return {w for w, n in in_rows.items() if n >= MIN_WORD_ROWS and len(families[w]) >= MIN_WORD_FAMILIES}


class Matrix:
    """Feature dictionaries as a scaled sparse matrix, and weights back as plain data."""

    def __init__(self, dense_scale: float) -> None:
        self._vectorizer = DictVectorizer(dtype=np.float64)
        self._dense_scale = dense_scale
        self.names: list[str] = []
        self._scale: Any = None

    def fit(self, dense: Sequence[dict[str, float]], words: Sequence[dict[str, float]]) -> Any:
        """Return the matrix of the training units; dense features get unit variance, words stay 0 or 1."""
        raw = self._vectorizer.fit_transform(
            [{**{f"|{k}": v for k, v in d.items()}, **w} for d, w in zip(dense, words, strict=True)]
        )
        self.names = [str(name) for name in self._vectorizer.get_feature_names_out()]
        squares = np.asarray(raw.multiply(raw).mean(axis=0)).ravel()
        means = np.asarray(raw.mean(axis=0)).ravel()
        deviation = np.sqrt(np.maximum(squares - means**2, 1e-6))
        self._scale = np.array(
            [
                self._dense_scale / max(s, 0.05) if n[0] == "|" else 1.0
                for n, s in zip(self.names, deviation, strict=True)
            ]
        )
        return csr_matrix(raw.multiply(self._scale))

    def plain(self, labels: Sequence[str], coefficients: Any, bias: Any) -> dict[str, Any]:
        """Return the linear model as data, its weights on the unscaled features."""
        folded = coefficients * self._scale
        table = {
            name: [round(float(value), 4) for value in folded[:, at]]
            for at, name in enumerate(self.names)
            if np.abs(folded[:, at]).max() >= 0.003
        }
        return {"labels": list(labels), "bias": [round(float(value), 4) for value in bias], "weights": table}


def _linear(
    dense: Any,
    words: Any,
    target: Any,
    weight: Any,
    labels: Sequence[str],
    strength: float,
    *,
    intercept: bool = True,
    dense_scale: float = 0.35,
) -> dict[str, Any]:
    matrix = Matrix(dense_scale)
    x = matrix.fit(dense, words)
    model = LogisticRegression(C=strength, max_iter=400, fit_intercept=intercept, solver="lbfgs", tol=1e-3)
    model.fit(x, target, sample_weight=weight)
    coefficients, bias = model.coef_, model.intercept_ if intercept else np.zeros(model.coef_.shape[0])
    return matrix.plain(labels, coefficients, bias)


def _telling(weights: dict[str, list[float]], least: float) -> dict[str, list[float]]:
    """Return the weights without the words that hardly tell anything."""
    return {name: row for name, row in weights.items() if name[0] == "|" or max(map(abs, row)) >= least}


def _matrix(units: Sequence[Unit], without: tuple[str, ...] = ()) -> tuple[list[str], Any]:
    names = sorted({name for unit in units for name in unit.features.level if not name.startswith(without)})
    return names, np.array([[unit.features.level.get(name, 0.0) for name in names] for unit in units], dtype=np.float64)


def _boosted(names: list[str], x: Any, target: Any, weight: Any) -> dict[str, Any]:
    model = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=12, learning_rate=0.07, min_samples_leaf=12, l2_regularization=5.0,
        max_features=0.3, early_stopping=False, random_state=0, max_bins=63,
    )  # fmt: skip
    model.fit(x, target, sample_weight=weight * len(weight) / weight.sum())
    return {
        "features": names,
        "base": [round(float(value), 4) for value in np.ravel(model._baseline_prediction)],
        "rounds": [[_grown(tree.nodes) for tree in predictors] for predictors in model._predictors],
    }


def _grown(nodes: Any) -> dict[str, list[Any]]:
    """Return one boosted tree as flat lists."""
    leaf = nodes["is_leaf"].astype(bool)
    values = np.where(leaf, nodes["value"], nodes["num_threshold"])
    return {
        "feature": np.where(leaf, -1, nodes["feature_idx"].astype(int)).tolist(),
        "value": [float(f"{value:.5g}") for value in values],
        "left": np.where(leaf, 0, nodes["left"]).tolist(),
        "right": np.where(leaf, 0, nodes["right"]).tolist(),
    }


def _forest(names: list[str], x: Any, target: Any, weight: Any) -> dict[str, Any]:
    """Return trees whose mean is the probability of `target`; thresholds are rounded, so sides close by may differ."""
    model = ExtraTreesClassifier(n_estimators=FOREST, min_samples_leaf=5, max_features=0.5, random_state=0)
    model.fit(x, target, sample_weight=weight)
    trees = []
    for tree in (estimator.tree_ for estimator in model.estimators_):
        leaf = tree.children_left < 0
        shares = tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1)
        trees.append(
            {
                "feature": np.where(leaf, -1, tree.feature).tolist(),
                "value": [
                    round(float(share), 3) if is_leaf else float(f"{threshold:.5g}")
                    for is_leaf, share, threshold in zip(leaf, shares, tree.threshold, strict=True)
                ],
                "left": np.where(leaf, 0, tree.children_left).tolist(),
                "right": np.where(leaf, 0, tree.children_right).tolist(),
            }
        )
    return {"features": names, "trees": trees}


def fit_classes(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the linear model, the boosted trees and the forest that tell what matters: learned from what changed."""
    rows = [row for row in rows if not row.alone]
    units = [unit for row in rows for unit in row.units]
    weights = weights_of(rows, invented=INVENTED_WEIGHT, others=OTHERS_WEIGHT)
    weight = np.array([weights[id(unit)] for unit in units])
    known = vocabulary(rows, "words")
    words = [{w: 0.6 for w in unit.features.words if w in known} for unit in units]
    target = np.array([CLASSES.index(unit.cls) for unit in units])
    linear = _linear([unit.features.level for unit in units], words, target, weight, [c.value for c in CLASSES], 0.25)
    for name, row in linear["weights"].items():
        if name[0] != "|":
            linear["weights"][name] = [round(value * 0.6, 4) for value in row]
    return {
        "linear": linear,
        "boosted": _boosted(*_matrix(units), target, weight),
        "forest": _forest(*_matrix(units, BY_SENSE), target == 0, weight),
    }


def fit_direction(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what tells stronger from weaker (turns around with the comparison) and how likely neither is."""
    units = [unit for row in rows for unit in row.units if unit.cls is ClauseClass.MATERIAL]
    weights = weights_of(rows, invented=1.0, others=OTHERS_WAYS)
    counts = counts_of(rows, others=OTHERS_WAYS)
    clear = [unit for unit in units if unit.direction in {Direction.WEAKER, Direction.STRONGER}]
    known = vocabulary(rows, "turns")
    turns = [{w: v * 0.6 for w, v in unit.features.turns.items() if w in known} for unit in clear]
    swing = [unit.features.swing for unit in clear]
    both = [*swing, *({k: -v for k, v in item.items()} for item in swing)]
    both_turns = [*turns, *({k: -v for k, v in item.items()} for item in turns)]
    stronger = np.array([unit.direction is Direction.STRONGER for unit in clear])
    weight = np.array([counts[id(unit)] for unit in clear])
    target = np.r_[stronger, ~stronger].astype(int)
    sway = _linear(
        both, both_turns, target, np.r_[weight, weight], ["stronger"], 0.06, intercept=False, dense_scale=0.2
    )
    for name, row in sway["weights"].items():
        if name[0] != "|":
            sway["weights"][name] = [round(value * 0.6, 4) for value in row]
    sway["weights"] = _telling(sway["weights"], LEAST_SWAY)
    ways = ("one", "neutral", "mixed")
    target = np.array([{Direction.NEUTRAL: 1, Direction.MIXED: 2}.get(unit.direction, 0) for unit in units])
    neither = _linear(
        [unit.features.level for unit in units], [{} for _ in units], target,
        np.array([weights[id(unit)] for unit in units]), ways, 0.05,
    )  # fmt: skip
    return {"sway": sway, "neither": neither}


def fit_topics(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what a change is about, learned from blocks with topics; the clause topics are among its features."""
    units = [unit for row in rows for unit in row.units if unit.topics]
    counts = counts_of(rows, others=OTHERS_TOPICS)
    weight = np.array([counts[id(unit)] * (1.0 if unit.cls is ClauseClass.MATERIAL else 0.4) for unit in units])
    known = vocabulary(rows, "words")
    dense = [{k: v for k, v in unit.features.level.items() if not k.startswith(("row ", "place"))} for unit in units]
    words = [{w: 1.0 for w in unit.features.words if w in known} for unit in units]
    matrix = Matrix(0.35)
    x = matrix.fit(dense, words)
    coefficients, bias = [], []
    for topic in Topic:
        target = np.array([topic in unit.topics for unit in units])
        if target.sum() < 5:
            coefficients.append(np.zeros(x.shape[1]))
            bias.append(-9.0)
            continue
        model = LogisticRegression(C=0.05, max_iter=300, solver="lbfgs", tol=1e-3).fit(x, target, sample_weight=weight)
        coefficients.append(model.coef_[0])
        bias.append(float(model.intercept_[0]))
    found = matrix.plain([topic.value for topic in Topic], np.array(coefficients), np.array(bias))
    return {**found, "weights": _telling(found["weights"], LEAST_TOPIC)}
