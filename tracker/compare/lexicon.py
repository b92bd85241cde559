"""The words of policies as data: one TOML file per noun in `tracker/lexicon/`, and overlays of the user.

An entry has a `title`, `forms` (cue phrases, see `cues`), and may say what it lies `under`, its `topics`, its `weight`
in the severity, and further values its noun needs (`side` of an act, `level` of a gate, `direction` of a legal phrase).
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from tracker.compare.cues import Cue, compile_cue
from tracker.errors import LexiconError
from tracker.words import Direction, Topic

#: the nouns, and the values an entry of each needs besides title and forms
NOUNS: Mapping[str, Mapping[str, frozenset[Any]]] = {
    "acts": {"side": frozenset({"exposure", "protection", "right", "burden"})},
    "data_types": {},
    "recipients": {},
    "purposes": {},
    "gates": {"level": frozenset(range(7))},
    "safeguards": {},
    "legal_phrases": {"direction": frozenset({Direction.WEAKER, Direction.STRONGER})},
}
_KNOWN = frozenset(
    {"title", "forms", "under", "topics", "weight", "side", "level", "direction", "denies", "slots", "replace"}
)


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
    anchors: Mapping[str, tuple[tuple[str, Cue], ...]]  #: literal piece -> the entries' cues that may match where it is

    def mentions(self, lowered: str) -> tuple[Mention, ...]:
        """Return what a lower-case text speaks of, in reading order; of overlapping ones the longest."""
        near = {
            (name, cue.phrase): cue for anchor, cues in self.anchors.items() if anchor in lowered for name, cue in cues
        }
        return longest(
            Mention(name, *match.span()) for (name, _), cue in near.items() for match in cue.pattern.finditer(lowered)
        )

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


def _merged(base: dict[str, Any], over: dict[str, Any], file: str) -> dict[str, Any]:
    merged = dict(base)
    for name, entry in over.items():
        if not isinstance(entry, dict):
            raise LexiconError(f"{file}: [{name}] must be a table")
        old = merged.get(name)
        if old is None or entry.get("replace") is True:
            merged[name] = entry
        else:
            merged[name] = {**old, **entry, "forms": [*old["forms"], *entry.get("forms", [])]}
    return merged


def _above(name: str, data: Mapping[str, Any], file: str, trail: tuple[str, ...] = ()) -> frozenset[str]:
    if name in trail:
        raise LexiconError(f"{file}: [{name}] lies under itself by way of {', '.join(trail)}")
    found = {name}
    for parent in data[name].get("under", ()):
        if parent not in data:
            raise LexiconError(f"{file}: [{name}] lies under {parent!r}, which is no entry")
        found |= _above(parent, data, file, (*trail, name))
    return frozenset(found)


def _entry(name: str, data: Mapping[str, Any], noun: str, file: str) -> Entry:
    table = data[name]
    unknown = sorted(set(table) - _KNOWN)
    if unknown:
        raise LexiconError(f"{file}: [{name}] has the unknown value {unknown[0]!r}")
    for value, allowed in NOUNS[noun].items():
        if table.get(value) not in allowed:
            raise LexiconError(f"{file}: [{name}] needs `{value}`, one of {', '.join(map(str, sorted(allowed)))}")
    try:
        return Entry(
            name=name,
            title=str(table["title"]),
            cues=tuple(compile_cue(form) for form in table["forms"]),
            above=_above(name, data, file),
            topics=tuple(Topic(topic) for topic in table.get("topics", ())),
            weight=int(table.get("weight", 0)),
            side=table.get("side", ""),
            level=int(table.get("level", 0)),
            direction=Direction(table.get("direction", "neutral")),
            denies=table.get("denies", ""),
            slots=frozenset(map(str, table.get("slots", ()))),
        )
    except KeyError as error:
        raise LexiconError(f"{file}: [{name}] needs `{error.args[0]}`") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise LexiconError(f"{file}: [{name}]: {error}") from error


def _read(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{file}: {error}") from error


def _noun(noun: str, overlays: Sequence[Path]) -> Noun:
    file = f"{noun}.toml"
    data = _read((resources.files("tracker.lexicon") / file).read_text(encoding="utf-8"), file)
    for folder in overlays:
        path = folder / file
        if path.is_file():
            file = str(path)
            data = _merged(data, _read(path.read_text(encoding="utf-8"), file), file)
    entries = {name: _entry(name, data, noun, file) for name in data}
    anchors: dict[str, list[tuple[str, Cue]]] = {}
    for entry in entries.values():
        for cue in entry.cues:
            for anchor in cue.anchors:
                anchors.setdefault(anchor, []).append((entry.name, cue))
    return Noun(noun, entries, {anchor: tuple(cues) for anchor, cues in anchors.items()})


@lru_cache(maxsize=4)
def lexicon(overlays: tuple[Path, ...] = ()) -> Lexicon:
    """Return the shipped words, extended by folders that hold files of the same names.

    An entry of an overlay adds its forms to those of the shipped entry of that name, or takes its place with
    `replace = true`. Raises LexiconError naming file and entry.
    """
    return Lexicon(**{noun: _noun(noun, overlays) for noun in NOUNS})
