"""Shapes of data: each says in words what is expected, and names the first thing that does not fit.

A shape checks parsed TOML. An overlay is checked by the shapes of the lexicon file it extends, as a part: keys that the
shipped entry gives need not be said again.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter

from tracker.compare.vocabulary.cues import pieces_of
from tracker.errors import LexiconError
from tracker.words import Direction, Topic

#: Keys that any entry of an overlay may carry besides its own: for switching it off, or for taking its place.
ENABLED, REPLACE = "enabled", "replace"
#: Keys whose lists are looked for in texts; an entry that is switched off has none of them left.
SEARCHED = ("forms", "cues", "words")
_LONGEST = 300  #: characters of a single value
_SHOWN = 60
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_GAPS, _MOST_OPTIONAL = 3, 4  #: `...` and `word?` of a cue phrase; each multiplies the time a text takes


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file something stands."""

    file: str
    trail: tuple[str, ...] = ()

    def below(self, name: str) -> "Place":
        """Return the place of a key or entry."""
        return Place(self.file, (*self.trail, name))

    def error(self, expected: str, found: object) -> LexiconError:
        """Return the error that names file, entry and key, what is expected and what was found."""
        *entry, key = self.trail or ("",)
        where = f"[{'.'.join(entry)}] `{key}`" if entry else f"[{key}]" if key else "the file"
        return LexiconError(f"{self.file}: {where}: expected {expected}, found {shown(found)}")

    def refuse(self, why: str) -> LexiconError:
        """Return the error that names file and entry, and says what is wrong."""
        return LexiconError(f"{self.file}: [{'.'.join(self.trail)}] {why}")


def shown(found: object) -> str:
    """Return a value as a message quotes it: short, on one line."""
    try:
        text = str(found).lower() if isinstance(found, bool) else repr(found)
    except ValueError:  # of more digits than Python writes out
        text = "a very large number"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True)
class Value:
    """A single value."""

    expected: str
    fits: Callable[[object], bool]

    def check(self, data: object, place: Place, *, part: bool) -> None:
        """Raise LexiconError unless the value fits."""
        if not self.fits(data):
            raise place.error(self.expected, data)


@dataclass(frozen=True, slots=True)
class Items:
    """A list of values."""

    each: Value

    @property
    def expected(self) -> str:
        """Return what is expected, in words."""
        return f"a list, each item {self.each.expected}"

    def check(self, data: object, place: Place, *, part: bool) -> None:
        """Raise LexiconError unless every item fits."""
        if not isinstance(data, list):
            raise place.error(self.expected, data)
        for item in data:
            if not self.each.fits(item):
                raise place.error(self.expected, item)


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose keys are known; those of `optional` may be missing."""

    required: Mapping[str, "Shape"] = field(default_factory=dict)
    optional: Mapping[str, "Shape"] = field(default_factory=dict)
    entry: bool = True  #: an overlay may switch it off or take its place

    def inner(self, key: str) -> "Shape":
        """Return the shape of a known key."""
        return FLAG if key in {ENABLED, REPLACE} else {**self.required, **self.optional}[key]

    def check(self, data: object, place: Place, *, part: bool) -> None:
        """Raise LexiconError unless every key is known and fits, and none is missing."""
        if not isinstance(data, dict):
            raise place.error("a table", data)
        shapes = {**self.required, **self.optional}
        if self.entry:
            shapes |= {ENABLED: FLAG, REPLACE: FLAG}
        for key, value in data.items():
            if key not in shapes:
                known = ", ".join(shapes)
                raise LexiconError(f"{place.file}: {_entry(place)}unknown key {shown(key)}; known are {known}")
            shapes[key].check(value, place.below(key), part=part)
        if part and data.get(REPLACE) is not True:
            return
        for key, shape in self.required.items():
            if key not in data:
                expected = "a table" if isinstance(shape, Table | Entries) else shape.expected
                raise LexiconError(f"{place.file}: {_entry(place)}needs `{key}`: {expected}")


@dataclass(frozen=True, slots=True)
class Entries:
    """A table of named entries; `fixed` ones are referred to by the program, so that none may come or go."""

    each: "Shape"
    name: Value
    fixed: str = ""  #: why none may come or go, and what to do instead

    def inner(self, key: str) -> "Shape":
        """Return the shape of an entry."""
        return self.each

    def check(self, data: object, place: Place, *, part: bool) -> None:
        """Raise LexiconError unless every name and every entry fits."""
        if not isinstance(data, dict):
            raise place.error("a table", data)
        for name, value in data.items():
            if not self.name.fits(name):
                raise LexiconError(
                    f"{place.file}: {_entry(place)}{shown(name)} is no name of an entry: {self.name.expected}"
                )
            if part and value is False and not isinstance(self.each, Table):
                continue
            self.each.check(value, place.below(name), part=part)


Shape = Value | Items | Table | Entries


def _entry(place: Place) -> str:
    return f"[{'.'.join(place.trail)}] " if place.trail else ""


def _is_text(data: object) -> bool:
    return isinstance(data, str) and bool(data.strip()) and len(data) <= _LONGEST


def _is_phrase(data: object) -> bool:
    if not _is_text(data):
        return False
    assert isinstance(data, str)
    try:
        pieces = pieces_of(data)
    except ValueError:
        return False
    return pieces.count("...") <= _MOST_GAPS and sum(piece.endswith("?") for piece in pieces) <= _MOST_OPTIONAL


def _is_sentence(data: object) -> bool:
    if not _is_text(data):
        return False
    assert isinstance(data, str)
    try:
        pieces = [(name, spec, how) for _, name, spec, how in Formatter().parse(data) if name is not None]
    except ValueError:
        return False
    return all(name in {"what", "items", "old", "new"} and not spec and how is None for name, spec, how in pieces)


def _is_share(data: object) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data) and abs(data) <= 9


def _is_count(data: object) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool) and 0 < data < 10**10


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda data: isinstance(data, str) and pattern.fullmatch(data) is not None


def whole_number(low: int, high: int) -> Value:
    """Return the shape of a whole number in a range."""
    return Value(
        f"a whole number from {low} to {high}",
        lambda data: isinstance(data, int) and not isinstance(data, bool) and low <= data <= high,
    )


def one_of(values: Sequence[str]) -> Value:
    """Return the shape of one of some words."""
    return Value(f"one of {', '.join(values)}", lambda data: isinstance(data, str) and data in values)


TEXT = Value(f"a text of at most {_LONGEST} characters, not blank", _is_text)
FLAG = Value("true or false", lambda data: isinstance(data, bool))
LOWER = Value(
    "a text in lower case, not blank", lambda data: isinstance(data, str) and _is_text(data) and data == data.lower()
)
DIGITS = Value("digits in quotes", lambda data: isinstance(data, str) and data.isascii() and data.isdigit())
WORDS = Value("words set off by spaces", lambda data: isinstance(data, str) and bool(data.strip()))
PHRASE = Value(
    "a cue phrase: words, `a|b`, `word*`, at most "
    f"{_MOST_OPTIONAL} `word?` and {_MOST_GAPS} `...`, the first word always there",
    _is_phrase,
)
SENTENCE = Value("a sentence that names none but {what}, {items}, {old} and {new}", _is_sentence)
TOPIC = one_of([topic.value for topic in Topic])
DIRECTION = one_of([way.value for way in Direction if way is not Direction.MIXED])
WAY = one_of([Direction.WEAKER.value, Direction.STRONGER.value])
SHARE = Value("a number from -9 to 9", _is_share)
NAME = Value("a small letter, then at most 39 of a-z, 0-9 and _", _matches(_NAME))
COUNT = Value("a number above 0, below 10 000 000 000", _is_count)
LANGUAGE = Value("an ISO 639-1 code", _matches(re.compile("[a-z]{2}")))
