"""What is counted: which part of the history, by what, and the numbers of changes that come out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Column(StrEnum):
    """What changes can be counted by in the database."""

    NOTHING = "nothing"  #: all together
    SOURCE = "source"  #: key of the source
    TOPICS = "topics"  #: the mask of topics
    SEVERITY = "severity"
    DIRECTION = "direction"
    PERIOD = "period"  #: place in the list of `Scope.bounds`


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the history is counted.

    `bounds` are the first moments of periods in time order, where something is counted by period: period 0 holds
    whatever came before the second of them.
    """

    since: datetime | None = None
    until: datetime | None = None
    source_keys: Collection[int] | None = None  #: None for all sources
    material: bool = False  #: of changes only the material ones
    bounds: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """How many changes of which kind; directions are those of material changes."""

    changes: int = 0
    material: int = 0
    weaker: int = 0
    stronger: int = 0
    mixed: int = 0
    alerts: int = 0  #: whose verdict deserves one, whether or not one was sent
    silent: int = 0
    weight: int = 0  #: rank of the highest severity

    def __add__(self, other: "ChangeCount") -> "ChangeCount":
        """Return both counts together."""
        return ChangeCount(
            self.changes + other.changes,
            self.material + other.material,
            self.weaker + other.weaker,
            self.stronger + other.stronger,
            self.mixed + other.mixed,
            self.alerts + other.alerts,
            self.silent + other.silent,
            max(self.weight, other.weight),
        )
