"""The figures of tools/score_changes.py, over guesses that are already matched to the labelled blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.quality.dataset import Row
from tracker.compare.learned.scorer import PairScore
from tracker.words import ClauseClass, Direction, Topic


@dataclass(frozen=True, slots=True)
class Guess:
    """What is said of a row: blocks by index, None for a material change that no block covers."""

    alert: bool
    direction: Direction
    topics: frozenset[Topic]
    blocks: frozenset[int | None]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of hits, false alarms and misses."""

    hits: int
    extra: int
    missed: int

    @property
    def precision(self) -> float:
        """Return the share of what was said that is right."""
        return self.hits / max(1, self.hits + self.extra)

    @property
    def recall(self) -> float:
        """Return the share of what is right that was said."""
        return self.hits / max(1, self.hits + self.missed)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        return 2 * self.hits / max(1, 2 * self.hits + self.extra + self.missed)

    def __str__(self) -> str:
        return f"P {self.precision:.3f} R {self.recall:.3f} F1 {self.f1:.3f}"


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures over some rows."""

    rows: int
    alert: Score
    blocks: Score
    topics: Score
    direction: float

    def __str__(self) -> str:
        return (
            f"{self.rows} rows  alert {self.alert}  blocks {self.blocks}"
            f"  direction {self.direction:.3f}  topics {self.topics.f1:.3f}"
        )


def _score(pairs: Iterable[tuple[frozenset[object], frozenset[object]]]) -> Score:
    hits = extra = missed = 0
    for want, got in pairs:
        hits += len(want & got)
        extra += len(got - want)
        missed += len(want - got)
    return Score(hits, extra, missed)


def figures(guessed: Iterable[tuple[Row, Guess]]) -> Figures:
    """Return the figures of guesses over labelled rows."""
    pairs = list(guessed)
    yes: frozenset[object] = frozenset({True})
    no: frozenset[object] = frozenset()
    right = [(row, guess) for row, guess in pairs if row.alert and guess.alert]
    material = [frozenset(at for at, hunk in enumerate(row.hunks) if hunk["class"] == "material") for row, _ in pairs]
    return Figures(
        len(pairs),
        _score((yes if row.alert else no, yes if guess.alert else no) for row, guess in pairs),
        _score((want, guess.blocks) for want, (_, guess) in zip(material, pairs, strict=True)),
        _score((row.topics, guess.topics) for row, guess in right),
        sum(row.direction == guess.direction for row, guess in right) / max(1, len(right)),
    )


def guess(row: Row, scores: Sequence[PairScore]) -> Guess:
    """Return what the scores of its pairs say of a row."""
    material = [
        (unit, score) for unit, score in zip(row.units, scores, strict=True) if score.cls is ClauseClass.MATERIAL
    ]
    return Guess(
        bool(material),
        Direction.overall(score.direction for _, score in material),
        frozenset(topic for _, score in material for topic in score.topics),
        frozenset(unit.hunk for unit, _ in material),
    )
