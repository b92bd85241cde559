"""What a text means by its terms: definitions that widen or narrow every clause that uses them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tracker.compare.facts.facts import read
from tracker.compare.findings.finding import Finding
from tracker.compare.findings.regions import favour
from tracker.compare.model import BlockKind, Document, ordered_topics
from tracker.compare.text.topics import topics_of
from tracker.compare.vocabulary.lexicon import Noun, lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.stems import function_words
from tracker.words import Direction, Topic

_WEAKER, _STRONGER, _NEUTRAL = Direction.WEAKER, Direction.STRONGER, Direction.NEUTRAL
_WORD = re.compile(r"[a-z0-9][\w'-]*")
_CAPITAL = re.compile(r"\b[A-Z]")
_SAME = 0.5  #: of the words of two items together that they share, to be versions of one another
_MOST_USES = 40  #: clauses that use a term and are read
_MOST_PIECES = 200  #: of a definition that are compared
_MOST_ITEMS = 6  #: that a reason shows
_LONGEST = 4000  #: characters of a clause that are read
_MOST_BODY = 2000  #: characters of a definition that are compared


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and what it means: its items, and what it leaves out, each as a set of words by the words displayed."""

    term: str
    items: Mapping[str, frozenset[str]]
    left_out: Mapping[str, frozenset[str]]
    wide: bool  #: a word such as "any" or "other" makes it as wide as may be


@dataclass(frozen=True, slots=True)
class _Grammar:
    heads: tuple[re.Pattern[str], ...]
    outside: re.Pattern[str]
    joints: re.Pattern[str]
    wide: frozenset[str]
    empty: frozenset[str]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) or "(?!)"


@cached(1)
def _grammar() -> _Grammar:
    data = active().table("definitions.toml")
    means, by_which = _any_of(data["means"]), _any_of(data["by_which"])
    quoted = r"[\"“'‘](?P<term>[^\"”'’]{2,50})[\"”'’]"
    return _Grammar(
        (
            re.compile(
                rf"(?:\b[Bb]y\s+)?{quoted}\s*(?:,? as used (?:here|in this \w+),?\s*)?(?:{means}|we mean)\b(?P<body>.*)"
            ),
            re.compile(rf"{quoted}.*?\b(?:{by_which})\b(?P<body>.*)"),
            re.compile(
                r"^\W*(?P<term>[A-Z][\w-]*(?: [A-Z][\w-]*){0,3})\s+(?:means|shall mean|refers to)\b(?P<body>.*)"
            ),
        ),
        re.compile(rf"\b(?:{_any_of(data['outside'])})\b"),
        re.compile(rf"[,;:()]|\b(?:{_any_of(data['joints'])})\b"),
        frozenset(data["wide"]),
        function_words(),
    )


def _items(text: str, grammar: _Grammar) -> dict[str, frozenset[str]]:
    """Return the items a piece of a definition lists, each by its words that carry content."""
    found = {}
    for piece in grammar.joints.split(text)[:_MOST_PIECES]:
        words = frozenset(_WORD.findall(piece.lower())) - grammar.empty
        if words:
            found[" ".join(piece.split()).strip(" .")] = words
    return found


@cached(4096)
def definition_in(text: str) -> Definition | None:
    """Return the term a clause defines and what it says that it means; None where it defines none."""
    grammar, text = _grammar(), text[:_LONGEST]
    match = next((match for head in grammar.heads for match in [head.search(text)] if match), None)
    if match is None or match["term"].lower() in grammar.empty:
        return None
    body = match["body"][:_MOST_BODY]
    taken = grammar.outside.search(body)
    said, left_out = (body[: taken.start()], body[taken.end() :]) if taken else (body, "")
    wide = not grammar.wide.isdisjoint(_WORD.findall(said.lower()))
    return Definition(match["term"].strip(), _items(said, grammar), _items(left_out, grammar), wide)


def _unmatched(here: Mapping[str, frozenset[str]], there: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the items of one side that no item of the other is a version of."""
    return [
        item
        for item, words in here.items()
        if not any(len(words & other) >= _SAME * len(words | other) for other in there.values())
    ]


def _looser(here: Mapping[str, frozenset[str]], there: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the items here that a version there says with more words: "damages" is wider than "direct damages".

    A defined term in capitals, which another clause explains, is as wide as that clause says.
    """
    return [
        item
        for item, words in here.items()
        if words not in there.values()
        and len(_CAPITAL.findall(item)) < 2
        and any(words < other and len(words) >= _SAME * len(other) for other in there.values())
    ]


def _names_in(noun: Noun, item: str) -> frozenset[str]:
    return frozenset(found.name for found in noun.mentions(item.lower()))


def _uncovered(items: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return the items that hold more than what lies within what the lexicon reads in others."""
    words, left = lexicon(), list(items)
    for noun in (words.data_types, words.recipients, words.purposes):
        theirs = frozenset(name for other in others for name in _names_in(noun, other)) if left else frozenset()
        named = {item: _names_in(noun, item) for item in left}
        left = [item for item in left if not named[item] or not all(noun.covers(theirs, name) for name in named[item])]
    return left


class Definitions:
    """The definitions of one comparison, and the clauses of the new text that use their terms."""

    def __init__(self, after: Document) -> None:
        self._after = after

    def findings(self, before: str, after: str) -> list[Finding]:
        """Return that a definition takes in more or less than it did, and what uses it."""
        old, new = definition_in(before), definition_in(after)
        if old is None or new is None or old.term.lower() != new.term.lower():
            return []
        come = [*_unmatched(new.items, old.items), *_looser(new.items, old.items)]
        gone = [*_unmatched(old.items, new.items), *_looser(old.items, new.items)]
        come, gone = _uncovered(come, old.items), _uncovered(gone, new.items)
        wider, narrower = bool(come), bool(gone)
        out, back = _unmatched(new.left_out, old.left_out), _unmatched(old.left_out, new.left_out)
        if old.wide != new.wide and wider == narrower:
            wider, narrower = new.wide, old.wide
        wider, narrower = wider or bool(back), narrower or bool(out)
        if not wider and not narrower:
            return []
        kind = "definition_changed" if wider and narrower else "definition_widened" if wider else "definition_narrowed"
        return [self._finding(kind, new.term, before, after, [*come, *back], [*gone, *out])]

    def _finding(
        self, kind: str, term: str, before: str, after: str, come: Sequence[str], gone: Sequence[str]
    ) -> Finding:
        uses = self._uses(term, after)
        balance = [favour(text, read(text)) for text in (*uses, *self._own_use(after))]
        good_for = -1 if not balance or min(balance) < 0 else max(balance)
        way = _NEUTRAL
        if kind != "definition_changed" and good_for:
            way = _STRONGER if (good_for > 0) == (kind == "definition_widened") else _WEAKER
        topics = self._topics(uses, (*come, *gone))
        return Finding(kind, way, f"“{term}”", before, after, topics, items=_told(come, gone), new=_count(uses, topics))

    @staticmethod
    def _own_use(text: str) -> list[str]:
        """Return the clause itself where the term is used before it is defined: "We do not sell, by which we mean"."""
        head = _grammar().heads[1]
        match = head.search(text[:_LONGEST])
        return [text[: match.start("body")]] if match and not _grammar().heads[0].search(text[:_LONGEST]) else []

    @cached_property
    def _texts(self) -> list[str]:
        return [clause.text for clause in self._after.clauses if clause.kind is not BlockKind.HEADING]

    def _uses(self, term: str, own: str) -> list[str]:
        """Return the clauses that use a term, the definition itself left out."""
        pattern = re.compile(rf"(?<!\w){re.escape(term)}(?:s|es)?(?!\w)", 0 if term != term.lower() else re.IGNORECASE)
        found = [text for text in self._texts if text != own and text not in own and pattern.search(text)]
        return found[:_MOST_USES]

    @staticmethod
    def _topics(uses: Sequence[str], items: Iterable[str]) -> tuple[Topic, ...]:
        """Return the topics of what came and went, and those of a third of the clauses that use the term."""
        counted = Counter(topic for text in uses for topic in topics_of(text) if topic is not Topic.OTHER)
        words = lexicon()
        of_items = [
            topic
            for item in items
            for noun in (words.data_types, words.recipients, words.purposes)
            for found in noun.mentions(item.lower())
            for topic in noun.entries[found.name].topics
            + ((Topic.THIRD_PARTY_SHARING,) if noun is words.recipients else ())
        ]
        return ordered_topics([*of_items, *(topic for topic, count in counted.items() if 3 * count >= len(uses))])


def _told(come: Sequence[str], gone: Sequence[str]) -> str:
    """Return what came and went in brackets; nothing where only the words around them changed."""
    parts = [("added: ", come), ("removed: ", gone)]
    said = "; ".join(verb + ", ".join(f"“{item}”" for item in items[:_MOST_ITEMS]) for verb, items in parts if items)
    return f" ({said})" if said else ""


def _count(uses: Sequence[str], topics: Sequence[Topic]) -> str:
    if not uses:
        return "no other clause uses it"
    number = f"{len(uses)}{' or more' if len(uses) == _MOST_USES else ''} clause{'s' * (len(uses) != 1)}"
    about = f" ({', '.join(topic.value.replace('_', ' ') for topic in topics)})" if topics else ""
    return f"{number} use{'s' * (len(uses) == 1)} it{about}"
