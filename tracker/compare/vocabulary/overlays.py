"""What an overlay does to the shipped words, and which of the words in force a text holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.compare.vocabulary.cues import compile_cue
from tracker.compare.vocabulary.lexicon import NOUNS, Noun, lexicon
from tracker.compare.vocabulary.lexicons import Lexicons, active
from tracker.compare.vocabulary.schema import FILES
from tracker.compare.vocabulary.shapes import ENABLED, SEARCHED, Entries, Items, Shape, Table


@dataclass(frozen=True, slots=True)
class Step:
    """One thing an overlay does."""

    file: str  #: of the lexicon, such as "recipients.toml"
    entry: str
    what: str  #: "adds" or "switches off" an entry, "extends", "drops from" or "sets" a value
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Words of a text that an entry looks for; `start` counts characters."""

    start: int
    words: str
    file: str
    entry: str
    title: str


def steps(base: Lexicons, other: Lexicons) -> tuple[Step, ...]:
    """Return what leads from one set of words to another, in the order of files and entries."""
    return tuple(
        step for file, shape in FILES.items() for step in _steps(base.table(file), other.table(file), shape, file)
    )


def _steps(base: Any, other: Any, shape: Shape, file: str, trail: tuple[str, ...] = ()) -> Iterator[Step]:
    entry = ".".join(trail)
    if base == other:
        return
    if isinstance(shape, Table | Entries):
        if other.get(ENABLED) is False:
            yield Step(file, entry, "switches off", ())
            return
        for name, value in other.items():
            below = (*trail, name)
            if name in base:
                yield from _steps(base[name], value, shape.inner(name), file, below)
            else:
                yield Step(file, ".".join(below), "adds" if isinstance(shape, Entries) else "sets", _told(value))
        for name in base:
            if name not in other:
                yield Step(file, ".".join((*trail, name)), "switches off", ())
    elif isinstance(shape, Items):
        came = tuple(item for item in other if item not in base)
        went = tuple(item for item in base if item not in other)
        if came:
            yield Step(file, entry, "extends", came)
        if went:
            yield Step(file, entry, "drops from", went)
    else:
        yield Step(file, entry, "sets", _told(other))


def _told(value: Any) -> tuple[str, ...]:
    """Return what is looked for by an entry that came, else its value."""
    if isinstance(value, dict):
        return tuple(item for key in SEARCHED for item in value.get(key, ()))
    if isinstance(value, list):
        return tuple(value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def spots(text: str) -> tuple[Spot, ...]:
    """Return which entries of the words in force match in a text, in reading order.

    Of nouns (acts, data types, recipients ...) the longest match counts, as it does when clauses are read; of all other
    files each phrase that is found.
    """
    lowered = text.lower().replace("’", "'")
    found: list[Spot] = []
    for name in NOUNS:
        noun: Noun = getattr(lexicon(), name)
        found += (
            Spot(item.start, text[item.start : item.end], f"{name}.toml", item.name, noun.entries[item.name].title)
            for item in noun.mentions(lowered)
        )
    for file in FILES:
        if file.removesuffix(".toml") not in NOUNS:
            found += _phrases_in(active().table(file), text, lowered, file, ())
    return tuple(sorted(set(found), key=lambda spot: (spot.start, spot.file, spot.entry, spot.words)))


def _phrases_in(table: Mapping[str, Any], text: str, lowered: str, file: str, trail: tuple[str, ...]) -> Iterator[Spot]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _phrases_in(value, text, lowered, file, (*trail, name))
        elif name in {"forms", "cues"} and trail:
            for match in (compile_cue(phrase).search(lowered) for phrase in value):
                if match is not None:
                    words = text[match.start() : match.end()]
                    yield Spot(match.start(), words, file, ".".join(trail), str(table.get("name", "")))
