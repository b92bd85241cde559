"""Training units of the scorer: the tracker's own aligned pairs, labelled by the block ("hunk") each overlaps most."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from tests.quality.families import family_of, fold_of, is_held_out
from tests.quality.material import BY_OTHERS, INVENTED
from tests.quality.revisions import REVISED
from tracker.compare.judging.inert import inert
from tracker.compare.learned.features import Features, context_of, features_of
from tracker.compare.model import Document, Pair, text_of
from tracker.words import ClauseClass, Direction, Topic

MIN_OVERLAP = 0.3  #: as tools/score_changes.py demands
UNLABELLED_WEIGHT = 0.3  #: of a pair that no labelled block covers: taken as cosmetic


@dataclass(slots=True)
class Unit:
    """One pair that is not identical, with what its block says."""

    features: Features
    cls: ClauseClass
    direction: Direction
    topics: frozenset[Topic]
    hunk: int | None
    overlap: float


@dataclass(slots=True)
class Row:
    """One labelled pair of versions."""

    ident: str
    service: str
    alert: bool
    direction: Direction
    topics: frozenset[Topic]
    hunks: list[dict[str, Any]]
    alone: bool = False  #: its pairs are sentences that stood in the text: real, but their coming is not
    units: list[Unit] = field(default_factory=list)

    @property
    def family(self) -> str:
        """Return the corporate family."""
        return family_of(self.service)

    @property
    def fold(self) -> int:
        """Return the fold that predicts it."""
        return fold_of(self.service)

    @property
    def invented(self) -> bool:
        """Say whether it is nobody's policy, written to learn from."""
        return self.service.startswith(INVENTED)

    @property
    def by_others(self) -> bool:
        """Say whether it was invented by somebody who saw neither rules nor other rows."""
        return self.service.startswith(BY_OTHERS)

    @property
    def revised(self) -> bool:
        """Say whether its clauses are real but were revised by other hands."""
        return self.ident.startswith(REVISED)

    @property
    def held_out(self) -> bool:
        """Say whether it is only reported."""
        return is_held_out(self.service)


def _grams(text: str, size: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(*(words[at:] for at in range(size)), strict=False))


class PlaceIndex:
    """Word positions of the labelled blocks of one row, to find the block a pair lies in."""

    def __init__(self, hunks: Sequence[dict[str, Any]], before: Document, after: Document) -> None:
        self._hunks = hunks
        self._sides = (_positions(before), _positions(after))
        self._places = [_places(hunk["spans"]) for hunk in hunks]

    def best(self, pair: Pair) -> tuple[int | None, float]:
        """Return the index of the block that most of the pair's words lie in and their share; None below the least."""
        chosen = zip(self._sides, (pair.before, pair.after), strict=True)
        mine = _places([[side[at] for at in which] for side, which in chosen])
        shares = [len(mine & theirs) / max(1, len(mine)) for theirs in self._places]
        best = max(range(len(shares)), key=lambda at: (shares[at], self._hunks[at]["class"] == "material"))
        return (best, shares[best]) if shares[best] >= MIN_OVERLAP else (None, shares[best])


def _positions(document: Document) -> list[tuple[int, int]]:
    """Return the first position and the end of each clause among the words displayed."""
    ends = list(accumulate(len(clause.text.split()) for clause in document.clauses))
    return list(zip([0, *ends], ends, strict=False))


def _places(sides: Sequence[Sequence[Sequence[int]]]) -> set[tuple[int, int]]:
    return {(side, at) for side, spans in enumerate(sides) for first, end in spans for at in range(first, end)}


class HunkIndex:
    """Word n-grams of the labelled blocks of one row, to find the block a change belongs to."""

    def __init__(self, hunks: Sequence[dict[str, Any]], before: Document, after: Document) -> None:
        self._hunks = hunks
        self._before, self._after = before.clauses, after.clauses
        self._grams = [
            {n: _grams(hunk["before"] or "", n) | _grams(hunk["after"] or "", n) for n in (1, 3)} for hunk in hunks
        ]

    def best(self, pair: Pair) -> tuple[int | None, float]:
        """Return the index of the closest block and the share they have in common; None where it is too little."""
        before, after = text_of(self._before, pair.before), text_of(self._after, pair.after)
        mine = {n: _grams(before, n) | _grams(after, n) for n in (1, 3)}
        best, most = None, (0.0, False, False)
        for index, theirs in enumerate(self._grams):
            share = 0.0
            for n in (3, 1):
                if mine[n] and theirs[n]:
                    share = len(mine[n] & theirs[n]) / min(len(mine[n]), len(theirs[n]))
                    break
            hunk = self._hunks[index]
            rank = (share, (hunk["before"] or "", hunk["after"] or "") == (before, after), hunk["class"] == "material")
            if rank > most:
                best, most = index, rank
        return (best, most[0]) if most[0] >= MIN_OVERLAP else (None, most[0])


def row_of(data: dict[str, Any], before: Document, after: Document, pairs: Sequence[Pair]) -> Row:
    """Return a labelled row with the features of its pairs: of all, or of those labelled where `whole` is false."""
    material = [hunk for hunk in data["hunks"] if hunk["class"] == "material"]
    row = Row(
        data["id"],
        data["service"],
        data["alert"],
        Direction.overall(Direction(hunk["direction"]) for hunk in material if hunk["direction"]),
        frozenset(Topic(topic) for hunk in material for topic in hunk["topics"]),
        data["hunks"],
        "new" in data,
    )
    placed = bool(data["hunks"]) and "spans" in data["hunks"][0]
    index = (PlaceIndex if placed else HunkIndex)(data["hunks"], before, after)
    context = context_of(before, after, pairs)
    for pair in pairs:
        if pair.kind is None:
            continue
        old, new = text_of(before.clauses, pair.before), text_of(after.clauses, pair.after)
        if all(inert(side, alone=not (old and new), facts=True) for side in (old, new) if side):
            continue  # the scorer is never asked; in a block that matters it would pass for what matters there
        at, share = index.best(pair)
        if at is None and not data.get("whole", True):
            continue
        hunk = data["hunks"][at] if at is not None else None
        row.units.append(
            Unit(
                features_of(pair, context),
                ClauseClass(hunk["class"]) if hunk else ClauseClass.COSMETIC,
                Direction(hunk["direction"] or "neutral") if hunk else Direction.NEUTRAL,
                frozenset(map(Topic, hunk["topics"])) if hunk else frozenset(),
                at,
                share,
            )
        )
    return row
