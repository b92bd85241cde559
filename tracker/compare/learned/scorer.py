"""The learned scorer: how likely a pair matters, which way it goes, what it is about.

It reads what no rule can read. It is below the facts: a fact may raise what the scorer says, the scorer never
silences one. The model (`lexicon/models/scorer.json.gz`) is made by `tests/quality/train_scorer.py`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import repeat
from operator import mul
from typing import Any

from tracker.compare.learned.cue_classes import cue_classes
from tracker.compare.learned.features import Context, Features, context_of, features_of
from tracker.compare.learned.trees import Boosted, Forest
from tracker.compare.model import Document, Pair, ordered_topics
from tracker.compare.vocabulary.models import apart, shipped, side_by_side
from tracker.errors import LexiconError
from tracker.words import ClauseClass, Direction, Topic

_FAR = 30.0
_PLACES = 10_000  #: weights are rounded to so many parts of one


@dataclass(frozen=True, slots=True)
class Evidence:
    """A class of words that went or came, and how it weighs on the pair being material (above 0: for it)."""

    name: str  #: of the class in lexicon/change_cues.toml
    title: str  #: what a reason calls it, such as "a recipient"
    before: tuple[str, ...]
    after: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class PairScore:
    """What the scorer says of one pair."""

    probabilities: Mapping[ClauseClass, float]  #: add up to 1
    direction: Direction
    sway: float  #: log-odds of stronger against weaker; turns its sign with the sides
    topics: tuple[Topic, ...]
    alerting: bool  #: material enough to alert for on its own
    weigh: Callable[[], tuple[Evidence, ...]] = field(default=tuple, repr=False, compare=False)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Return what speaks for the score, weightiest first; found out when asked, for few pairs need it."""
        return self.weigh()

    @property
    def material(self) -> float:
        """Return the probability that the change matters."""
        return self.probabilities[ClauseClass.MATERIAL]

    @property
    def cls(self) -> ClauseClass:
        """Return `material` above the alert threshold, else the likeliest of the other classes."""
        if self.alerting:
            return ClauseClass.MATERIAL
        rest = [cls for cls in self.probabilities if cls is not ClauseClass.MATERIAL]
        return max(rest, key=lambda cls: self.probabilities[cls])


def _whole(row: Sequence[float]) -> int:
    """Return weights in units of their last place, side by side in one number."""
    return side_by_side([round(value * _PLACES) for value in row])


class _Linear:
    """Linear models over the same named features, all asked at once; dense ones carry a `|` before their name.

    Weights have four places. What counts once, as words and most marks do, is added up in whole numbers, those of all
    labels side by side in one.
    """

    def __init__(self, *bodies: dict[str, Any]) -> None:
        self.labels: tuple[str, ...] = tuple(label for body in bodies for label in body["labels"])
        self._bias: tuple[float, ...] = tuple(value for body in bodies for value in body["bias"])
        nothing = [(0.0,) * len(body["labels"]) for body in bodies]
        names = dict.fromkeys(name for body in bodies for name in body["weights"])
        rows = {
            name: tuple(
                value for body, zeros in zip(bodies, nothing, strict=True) for value in body["weights"].get(name, zeros)
            )
            for name in names
        }
        self._dense = {name[1:]: row for name, row in rows.items() if name[0] == "|"}
        #: What a feature adds where it is 1: of words to all labels and to the first alone, of dense ones to all.
        self._words = {name: _whole(row) for name, row in rows.items() if name[0] != "|"}
        self._shifts = {name: row[0] for name, row in rows.items() if name[0] != "|"}
        self._marks = {name: _whole(row) for name, row in self._dense.items()}

    def scores(self, dense: Mapping[str, float], words: Mapping[str, float]) -> list[float]:
        """Return one score per label, those of the first model first; words count 1, or -1 where they went."""
        once = sum(
            self._words[name] if value > 0 else -self._words[name]
            for name, value in words.items()
            if name in self._words
        )
        rows: list[tuple[float, ...]] = []
        weights: list[float] = []
        for name, value in dense.items():
            if value == 1.0:
                once += self._marks.get(name, 0)
            elif value and name in self._dense:
                rows.append(self._dense[name])
                weights.append(value)
        sums = [bias + total / _PLACES for bias, total in zip(self._bias, apart(once, len(self._bias)), strict=True)]
        columns = zip(*rows, strict=True) if rows else repeat(())
        return [sum(map(mul, column, weights), start) for start, column in zip(sums, columns, strict=False)]

    def shift(self, word: str) -> float:
        """Return by how much a word that differs moves the score of the first label."""
        shift = self._shifts.get(word)
        return 0.0 if shift is None else self._bias[0] + shift - self._bias[0]

    def weight(self, name: str, label: int) -> float:
        """Return the weight of a dense feature for a label."""
        return self._dense[name][label] if name in self._dense else 0.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What the parts of the model say of one pair."""

    linear: tuple[float, ...]  #: probability of each class by the linear model
    boosted: tuple[float, ...]  #: and by the boosted trees
    forest: float  #: probability of being material by the forest
    sway: float  #: log-odds of stronger against weaker
    ways: tuple[float, ...]  #: probability of one clear direction, of neutral, of mixed
    topics: tuple[float, ...]  #: log-odds of each topic


def _softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    parts = [math.exp(max(-_FAR, score - top)) for score in scores]
    total = sum(parts)
    return [part / total for part in parts]


class Scorer:
    """A trained model, ready to score pairs."""

    def __init__(self, body: dict[str, Any]) -> None:
        try:
            classes = body["classes"]
            linear, neither, topics = classes["linear"], body["direction"]["neither"], body["topics"]
            self._linear = _Linear(linear, neither, topics)
            self._boosted, self._forest = Boosted(classes["boosted"]), Forest(classes["forest"])
            self._sway = _Linear(body["direction"]["sway"])
            self._classes = tuple(map(ClauseClass, linear["labels"]))
            self._topics = tuple(map(Topic, topics["labels"]))
            self._ends = len(linear["labels"]), len(linear["labels"]) + len(neither["labels"])
            settings = body["settings"]
            self.threshold = float(settings["threshold"])
            self._topic_threshold = float(settings["topic_threshold"])
            self._shares = float(settings["linear"]), float(settings["forest"])
            self._share = float(settings["row_share"])
            self._neutral = float(settings["neutral"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise LexiconError(f"damaged scorer model: {type(error).__name__} {error}; install it again") from error

    def measure(self, described: Sequence[Features]) -> list[Measures]:
        """Return what the parts of the model say of some pairs, before any setting is applied."""
        # Part by part: each is large, and what was read of it for one pair then lies at hand for the next.
        linear = [self._linear.scores(features.level, features.words) for features in described]
        boosted = [self._boosted.scores(features.level) for features in described]
        forest = self._forest.probabilities([features.level for features in described])
        sways = [self._sway.scores(features.swing, features.turns)[0] for features in described]
        classes, ways = self._ends
        return [
            Measures(
                tuple(_softmax(scores[:classes])),
                tuple(_softmax(rounds)),
                trees,
                sway,
                tuple(_softmax(scores[classes:ways])),
                tuple(scores[ways:]),
            )
            for scores, rounds, trees, sway in zip(linear, boosted, forest, sways, strict=True)
        ]

    def score(self, described: Sequence[Features]) -> tuple[PairScore, ...]:
        """Score all pairs of one comparison together: pairs that matter lean on each other in class and direction."""
        decided = self.decide(self.measure(described))
        return tuple(
            replace(score, weigh=partial(self._evidence, features))
            for score, features in zip(decided, described, strict=True)
        )

    def decide(self, measures: Sequence[Measures]) -> tuple[PairScore, ...]:
        """Return the scores, without evidence, of all pairs of one comparison."""
        chances = [self._chances(measure) for measure in measures]
        total = sum(chance[0] for chance in chances)
        lean = sum(chance[0] * measure.sway for chance, measure in zip(chances, measures, strict=True)) / max(
            total, 1e-9
        )
        found = []
        for measure, chance in zip(measures, chances, strict=True):
            sway = measure.sway + self._share * lean
            found.append(
                PairScore(
                    dict(zip(self._classes, chance, strict=True)),
                    self._direction(measure, sway),
                    sway,
                    self._topics_of(measure),
                    chance[0] >= self.threshold,
                )
            )
        return tuple(found)

    def _chances(self, measure: Measures) -> list[float]:
        """Return the probability of each class: material by all three parts, the others as the first two share them."""
        linear, forest = self._shares
        boosted = 1 - linear - forest
        rest = [a + b for a, b in zip(measure.linear[1:], measure.boosted[1:], strict=True)]
        material = linear * measure.linear[0] + boosted * measure.boosted[0] + forest * measure.forest
        return [material, *(value * (1 - material) / max(sum(rest), 1e-9) for value in rest)]

    def _direction(self, measure: Measures, sway: float) -> Direction:
        one, neutral, mixed = measure.ways
        sure = abs(math.tanh(sway / 2))
        if max(neutral, mixed) > self._neutral * one * (0.5 + sure):
            return Direction.NEUTRAL if neutral >= mixed else Direction.MIXED
        return Direction.STRONGER if sway > 0 else Direction.WEAKER if sway < 0 else Direction.NEUTRAL

    def _topics_of(self, measure: Measures) -> tuple[Topic, ...]:
        scores = dict(zip(self._topics, measure.topics, strict=True))
        found = [topic for topic, score in scores.items() if score > self._topic_threshold]
        return ordered_topics(found or [max(scores, key=lambda topic: scores[topic])])

    def _evidence(self, features: Features) -> tuple[Evidence, ...]:
        titles = {group.name: group.title for group in cue_classes()}
        found = []
        for name, (went, came) in features.evidence.items():
            value = features.level.get(f"{name} differs", 0.0)
            weight = self._linear.weight(f"{name} differs", 0) * value
            weight += sum(self._linear.shift(f"~{word}") for word in (*went, *came))
            found.append(Evidence(name, titles[name], went, came, round(weight, 4)))
        return tuple(sorted(found, key=lambda item: (-item.weight, item.name)))


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """Return the shipped model. Raises LexiconError when its file is missing or damaged."""
    return Scorer(shipped("scorer"))


def score_pairs(before: Document, after: Document, pairs: Sequence[Pair]) -> tuple[PairScore | None, ...]:
    """Score the pairs of one comparison, in their order; None for pairs that are identical on both sides."""
    changed = [pair for pair in pairs if pair.kind is not None]
    if not changed:
        return (None,) * len(pairs)
    context: Context = context_of(before, after, pairs)
    scores = iter(scorer().score([features_of(pair, context) for pair in changed]))
    return tuple(next(scores) if pair.kind is not None else None for pair in pairs)


def explain(score: PairScore, limit: int = 3) -> tuple[Evidence, ...]:
    """Return the classes of words that speak most for the change being material, for a reason to quote."""
    return tuple(item for item in score.evidence if item.weight > 0)[:limit]
