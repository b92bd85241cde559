"""What policies speak of: acts, data types, recipients and more, one lexicon file per noun, compiled for searching.

An entry has a `title`, `forms` (cue phrases, see `cues`), and may say what it lies `under`, its `topics`, its `weight`
in the severity, and further values its noun needs (`side` of an act, `level` of a gate, `direction` of a legal phrase);
`schema` holds what each may be, `lexicons` where the words come from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.compare.vocabulary.cues import Cue, CueIndex, compile_cues
from tracker.compare.vocabulary.lexicons import above, active, cached
from tracker.words import Direction, Topic

NOUNS = ("acts", "data_types", "recipients", "purposes", "gates", "safeguards", "legal_phrases", "regions", "groups")


@dataclass(frozen=True, slots=True)
class Entry:
    """One named thing of a noun."""

    name: str
    title: str
    cues: tuple[Cue, ...]
    above: frozenset[str]  #: everything that contains it, itself included
    topics: tuple[Topic, ...] = ()
    weight: int = 0
    side: str = ""
    level: int = 0
    direction: Direction = Direction.NEUTRAL
    denies: str = ""
    slots: frozenset[str] = frozenset()  #: nouns whose mentions belong to an act


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a text speaks of an entry; `start` and `end` count characters."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Noun:
    """All entries of one noun."""

    name: str
    entries: Mapping[str, Entry]
    named: tuple[str, ...]  #: the entry of each cue of the index
    index: CueIndex

    def mentions(self, lowered: str) -> tuple[Mention, ...]:
        """Return what a lower-case text speaks of, in reading order; of overlapping ones the longest."""
        return longest(
            Mention(self.named[at], *match.span())
            for at in self.index.near(lowered)
            for match in self.index.cues[at].pattern.finditer(lowered)
        )

    def near(self, lowered: str) -> frozenset[str]:
        """Return the entries that a lower-case text may speak of by its words: all that it does, and few others."""
        return frozenset(self.named[at] for at in self.index.near(lowered))

    def covers(self, wide: Iterable[str], name: str) -> bool:
        """Say whether one of some entries is or contains another."""
        return not self.entries[name].above.isdisjoint(wide)

    def title(self, names: Iterable[str]) -> str:
        """Return what a sentence calls some entries."""
        return ", ".join(self.entries[name].title for name in sorted(names))


def longest(found: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return mentions that do not overlap: the longest first, then the first named; in reading order."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda item: (item.start - item.end, item.start, item.name)):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return tuple(sorted(kept, key=lambda item: item.start))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All nouns, compiled."""

    acts: Noun
    data_types: Noun
    recipients: Noun
    purposes: Noun
    gates: Noun
    safeguards: Noun
    legal_phrases: Noun
    regions: Noun
    groups: Noun


def _entry(name: str, data: Mapping[str, Any]) -> Entry:
    table = data[name]
    return Entry(
        name=name,
        title=table["title"],
        cues=compile_cues(table["forms"]),
        above=above(data, (name,)),
        topics=tuple(map(Topic, table.get("topics", ()))),
        weight=table.get("weight", 0),
        side=table.get("side", ""),
        level=table.get("level", 0),
        direction=Direction(table.get("direction", "neutral")),
        denies=table.get("denies", ""),
        slots=frozenset(table.get("slots", ())),
    )


def _noun(noun: str) -> Noun:
    data = active().table(f"{noun}.toml")
    entries = {name: _entry(name, data) for name in data}
    named = [(entry.name, cue) for entry in entries.values() for cue in entry.cues]
    return Noun(noun, entries, tuple(name for name, _ in named), CueIndex(cue for _, cue in named))


@cached(1)
def lexicon() -> Lexicon:
    """Return the words in force."""
    return Lexicon(**{noun: _noun(noun) for noun in NOUNS})
