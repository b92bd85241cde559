"""What each lexicon file may hold: shapes that say in words what is expected, checked before anything is read.

A shape checks parsed TOML and names the first thing that does not fit. An overlay is checked by the same shapes, as a
part: keys that the shipped entry gives need not be said again.
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

_WEIGHT = whole_number(0, 9)
_SLOT = one_of(["data_types", "recipients", "purposes", "safeguards"])
_THING: Mapping[str, Shape] = {"title": TEXT, "forms": Items(PHRASE)}
_MORE: Mapping[str, Shape] = {"under": Items(NAME), "topics": Items(TOPIC), "weight": _WEIGHT}
_PLAIN = Entries(Table(_THING, _MORE), NAME)
_CUES = Table({"cues": Items(PHRASE)}, {"weight": SHARE})
_READ_BY_NAME = "the program asks for each by its name"
_DIRECTION = one_of([way.value for way in Direction])
_BOUND = one_of(["most", "least", "within", "every", ""])
_SCOPES = ("of", "after", "outside", "good", "bad", "law", "place")
_ROLE = Table(
    {"title": TEXT, "longer": _DIRECTION, "topics": Items(TOPIC), "forms": Items(PHRASE)},
    {"together": Items(PHRASE), "without": Items(PHRASE), "bounds": Items(_BOUND)},
)


#: Every lexicon file that an overlay may extend, and what it holds.
FILES: Mapping[str, Table | Entries] = {
    "acts.toml": Entries(
        Table(
            {**_THING, "side": one_of(["exposure", "protection", "right", "burden"])},
            {**_MORE, "slots": Items(_SLOT)},
        ),
        NAME,
    ),
    "data_types.toml": _PLAIN,
    "recipients.toml": _PLAIN,
    "purposes.toml": _PLAIN,
    "safeguards.toml": _PLAIN,
    "gates.toml": Entries(Table({**_THING, "level": whole_number(0, 6)}, {**_MORE, "denies": NAME}), NAME),
    "legal_phrases.toml": Entries(Table({**_THING, "direction": DIRECTION}, _MORE), NAME),
    "tellings.toml": Entries(
        Table(
            {**_THING, "topics": Items(TOPIC)},
            {"affirmed": WAY, "denied": WAY, "unless": Items(PHRASE)},
        ),
        NAME,
    ),
    "stipulations.toml": Entries(
        Table(
            {**_THING, "direction": DIRECTION, "topics": Items(TOPIC)},
            {"alerts": FLAG, "also": Items(PHRASE), "unless": Items(PHRASE), "over": Items(NAME)},
        ),
        NAME,
    ),
    "findings.toml": Entries(
        Table(
            {"weight": _WEIGHT, "material": FLAG, "alone": FLAG},
            {"even": FLAG, **{way.value: SENTENCE for way in Direction}},
            entry=False,
        ),
        NAME,
        fixed="a kind of finding is made by the program; set `material = false` where it should not alert",
    ),
    "change_cues.toml": Entries(
        Table({"name": TEXT, "cues": Items(PHRASE)}), NAME, fixed="the learned scorer knows only the classes it learned"
    ),
    "topic_cues.toml": Table(
        {"signals": Entries(Table({"cues": Items(PHRASE)}), NAME, fixed=_READ_BY_NAME)},
        {topic.value: _CUES for topic in Topic},
        entry=False,
    ),
    "synonyms.toml": Table(
        {
            "spelling": Entries(LOWER, LOWER),
            "synonyms": Entries(LOWER, LOWER),
            "contractions": Entries(LOWER, LOWER),
            "numbers": Entries(DIGITS, LOWER),
            "link_notes": Table({"forms": Items(LOWER)}, entry=False),
            "legal_forms": Table(
                {"forms": Items(LOWER), "kinds": Items(LOWER), "laws": Entries(Items(LOWER), NAME)}, entry=False
            ),
        },
        entry=False,
    ),
    "neutral_words.toml": Entries(Table({"words": Items(LOWER)}), NAME),
    "word_lists.toml": Table(
        {
            "function_words": Items(LOWER),
            "denying": Items(LOWER),
            "refusing": Items(LOWER),
            "small_words": Entries(Items(LOWER), NAME, fixed="the learned scorer knows only the groups it learned"),
            "regions": Items(TEXT),
            "announcing": Items(PHRASE),
            "voices": Entries(Items(LOWER), NAME, fixed="the learned scorer knows only the voices it learned"),
            "document_kinds": Entries(Items(LOWER), NAME, fixed="the learned scorer knows only the kinds it learned"),
        },
        entry=False,
    ),
    "spans.toml": Table(
        {
            "numbers": Entries(COUNT, LOWER),
            "units": Entries(Table({"days": COUNT, "forms": Items(LOWER)}), NAME),
            "rhythms": Entries(COUNT, LOWER),
            "bounds": Entries(Items(LOWER), NAME, fixed=_READ_BY_NAME),
            "endless": Entries(Table({"title": TEXT, "days": COUNT, "forms": Items(PHRASE)}), NAME),
            "extending": Table({"forms": Items(PHRASE)}, entry=False),
            "starts": Entries(Table({"title": TEXT, "forms": Items(PHRASE)}), NAME),
            "roles": Entries(_ROLE, NAME),
            "ages": Entries(_ROLE, NAME),
        },
        entry=False,
    ),
    "grammar.toml": Entries(
        Table({"forms": Items(PHRASE)}, {"unless_before": Items(PHRASE)}, entry=False), NAME, fixed=_READ_BY_NAME
    ),
    "announcements.toml": Entries(Table({"cues": Items(PHRASE)}, entry=False), NAME, fixed=_READ_BY_NAME),
    "transfers.toml": Table(
        {name: Table({"title": TEXT, "forms": Items(PHRASE)}, entry=False) for name in ("about", "consent")},
        entry=False,
    ),
    "legal_bases.toml": Entries(Table({"title": TEXT, "forms": Items(PHRASE)}, entry=False), NAME, fixed=_READ_BY_NAME),
    "plain_words.toml": Table(
        {
            **{name: Entries(LOWER, LOWER) for name in ("phrases", "laws")},
            "dropped": Table({"words": Items(LOWER)}, entry=False),
        },
        entry=False,
    ),
    "channels.toml": Table(
        {name: Table({"forms": Items(PHRASE)}, entry=False) for name in ("choices", "easy", "hard")}, entry=False
    ),
    "pointers.toml": Table({name: Items(LOWER) for name in ("opens", "stops", "called", "untitled")}, entry=False),
    "inert.toml": Table(
        {
            "pointer": Table(
                {
                    **{name: Items(PHRASE) for name in ("sends", "about", "where", "unless")},
                    **{name: Items(LOWER) for name in ("before", "documents")},
                },
                entry=False,
            ),
            "cut_short": Table({"open": Items(PHRASE)}, entry=False),
            "explanation": Table({name: Items(PHRASE) for name in ("subjects", "is", "unless")}, entry=False),
            **{
                name: Table({"says": Items(PHRASE), "unless": Items(PHRASE)}, entry=False)
                for name in ("courtesy", "about_text", "about_company", "statistic", "stamp")
            },
            "contact": Table({name: Items(PHRASE) for name in ("asks", "says", "unless")}, entry=False),
        },
        entry=False,
    ),
    "boilerplate.toml": Table(
        {
            "reason": TEXT,
            "unless": Items(PHRASE),
            "titles": Items(PHRASE),
            "forms": Entries(
                Table(
                    {"of": Items(PHRASE), "when": Items(PHRASE)},
                    {"then": Items(PHRASE), "unless": Items(PHRASE), "reason": TEXT},
                ),
                NAME,
            ),
        },
        entry=False,
    ),
    "definitions.toml": Table(
        {name: Items(LOWER) for name in ("means", "by_which", "outside", "wide", "joints")}, entry=False
    ),
    "amounts.toml": Table(
        {
            "currencies": Entries(LOWER, LOWER),
            "nothing": Table({"forms": Items(PHRASE), "without": Items(PHRASE)}, entry=False),
            "roles": Entries(
                Table(
                    {"title": TEXT, "higher": _DIRECTION, "topics": Items(TOPIC), "forms": Items(PHRASE)},
                    {"without": Items(PHRASE)},
                ),
                NAME,
            ),
            "greater": Table({"forms": Items(PHRASE)}, entry=False),
            "lesser": Table({"forms": Items(PHRASE)}, entry=False),
        },
        entry=False,
    ),
    "regions.toml": _PLAIN,
    "groups.toml": _PLAIN,
    "thesaurus.toml": Entries(
        Entries(Items(LOWER), NAME), NAME, fixed="the learned scorer knows only the kinds it learned"
    ),
    "scopes.toml": Table(
        {
            **{name: Table({"forms": Items(PHRASE)}, entry=False) for name in _SCOPES},
            **{name: Table({"words": Items(LOWER)}, entry=False) for name in ("joints", "heads", "part")},
            "safe": Table({"regions": Items(NAME)}, entry=False),
        },
        entry=False,
    ),
    "tables.toml": Table(
        {
            "kinds": Entries(
                Table(
                    {
                        "title": TEXT,
                        "added": _DIRECTION,
                        "topics": Items(TOPIC),
                        "lists": FLAG,
                        "forms": Items(PHRASE),
                    }
                ),
                NAME,
            ),
            "columns": Entries(Table({"forms": Items(PHRASE)}), NAME, fixed=_READ_BY_NAME),
        },
        entry=False,
    ),
    "languages.toml": Entries(WORDS, LANGUAGE),
    "not_policy.toml": Table(
        {
            "titles": Entries(Items(LOWER), NAME),
            "documents": Table({"stems": Items(LOWER)}),
            "phrases": Entries(Items(LOWER), NAME),
            "buttons": Entries(Items(LOWER), NAME),
            "vocabulary": Entries(Items(LOWER), NAME),
        },
        entry=False,
    ),
    "page_furniture.toml": Table(
        {
            "junk": Items(LOWER),
            "contents_labels": Items(LOWER),
            "heading_anchors": Items(LOWER),
            "navigation": Items(LOWER),
            "footer_words": Items(LOWER),
            "consent_ids": Items(TEXT),
        },
        entry=False,
    ),
}
