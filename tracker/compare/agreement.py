"""How far verdicts agree with people's labels: precision, recall and F1, each with the interval it lies in."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import NamedTuple

from tracker.compare.labels import Block, Guess, Label, Runs, overlap

#: Share of the smaller text's word runs that a clause change and a block must have in common to be the same.
MIN_OVERLAP = 0.3
#: Drawings of services behind an interval, and where the drawing starts: the same labels give the same interval.
DRAWINGS, SEED = 1_000, 20_260_301
INTERVAL = 0.95


class Tally(NamedTuple):
    """Counts over some pairs: what was found and right, found and wrong (`extra`), right and not found (`missed`)."""

    pairs: int = 0
    alert_hits: int = 0
    alert_extra: int = 0
    alert_missed: int = 0
    topic_hits: int = 0
    topic_extra: int = 0
    topic_missed: int = 0
    direction_hits: int = 0
    direction_asked: int = 0
    block_hits: int = 0
    block_extra: int = 0
    block_missed: int = 0


def tally_of(label: Label, guess: Guess, *, swapped: bool = False) -> Tally:
    """Return the counts of one pair; `swapped` where the verdict was made with before and after exchanged."""
    right = label.alert and guess.alert
    direction = label.direction.opposite if swapped else label.direction
    found: set[object] = set()
    material: set[object] = set()
    if label.blocks:
        found = {_block_of(runs, label.blocks) for runs in guess.material}
        material = {block.n for block in label.blocks if block.material}
    return Tally(
        pairs=1,
        alert_hits=int(right),
        alert_extra=int(guess.alert and not label.alert),
        alert_missed=int(label.alert and not guess.alert),
        topic_hits=len(guess.topics & label.topics) if right else 0,
        topic_extra=len(guess.topics - label.topics) if right else 0,
        topic_missed=len(label.topics - guess.topics) if right else 0,
        direction_hits=int(right and guess.direction == direction),
        direction_asked=int(right),
        block_hits=len(found & material),
        block_extra=len(found - material),
        block_missed=len(material - found),
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """A share between 0 and 1 with the interval it lies in; None where there is nothing to measure."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(slots=True)
class Agreement:
    """Counts per service, from which all figures come. The order in which pairs are added makes no difference."""

    services: dict[str, Tally] = field(default_factory=dict)

    def add(self, label: Label, counts: Tally) -> None:
        """Count one pair. A pair of no service stands for itself."""
        service = label.service or f"pair {label.ident}"
        self.services[service] = _sum((self.services.get(service, Tally()), counts))

    @property
    def total(self) -> Tally:
        """Return the counts over all pairs."""
        return _sum(self.services.values())

    def figures(self) -> dict[str, Figure]:
        """Return every figure by name; the intervals come from drawing as many services, with replacement, again."""
        total = self.total
        drawn = [figures_of(counts) for counts in self._drawings()]
        found = {}
        for name, value in figures_of(total).items():
            values = [one for one in (figures[name] for figures in drawn) if one is not None]
            low, high = _middle(values) if value is not None and len(self.services) > 1 else (None, None)
            found[name] = Figure(value, low, high)
        return found

    def _drawings(self) -> Iterable[Tally]:
        # In one order, whatever the order of arrival.
        services = [self.services[name] for name in sorted(self.services)]
        draw = random.Random(SEED)  # noqa: S311 - nothing is secret here; it has to be the same every time
        for _ in range(DRAWINGS if len(services) > 1 else 0):
            yield _sum(draw.choices(services, k=len(services)))


def figures_of(counts: Tally) -> dict[str, float | None]:
    """Return every figure of some counts; None where there is nothing to measure."""
    found: dict[str, float | None] = {}
    for name, hits, extra, missed in (
        ("alert", counts.alert_hits, counts.alert_extra, counts.alert_missed),
        ("topics", counts.topic_hits, counts.topic_extra, counts.topic_missed),
        ("blocks", counts.block_hits, counts.block_extra, counts.block_missed),
    ):
        found[f"{name} precision"] = _share(hits, hits + extra)
        found[f"{name} recall"] = _share(hits, hits + missed)
        found[f"{name} f1"] = _share(2 * hits, 2 * hits + extra + missed)
    found["direction accuracy"] = _share(counts.direction_hits, counts.direction_asked)
    return found


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _sum(tallies: Iterable[Tally]) -> Tally:
    return Tally(*map(sum, zip(Tally(), *tallies, strict=True)))


def _middle(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the bounds that `INTERVAL` of the values lie between."""
    if len(values) < 2:
        return None, None
    cuts = quantiles(values, n=round(2 / (1 - INTERVAL)), method="inclusive")
    return cuts[0], cuts[-1]


def _block_of(runs: Runs, blocks: Sequence[Block]) -> object:
    """Return the number of the block that a clause change belongs to, None where it belongs to none."""
    best, share = blocks[0], -1.0
    for block in blocks:
        common = overlap(runs, block.runs)
        # Of two as close, one that is material: it is what was found.
        if (common, block.material) > (share, best.material):
            best, share = block, common
    return best.n if share >= MIN_OVERLAP else None
