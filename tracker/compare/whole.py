"""One side of a comparison as a whole: whether it says something anywhere."""

import math
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from itertools import islice

from tracker.compare.cues import Cue, any_match
from tracker.compare.facts import DEFINES, Fact, read
from tracker.compare.lexicon import Entry, lexicon
from tracker.compare.lexicons import cached
from tracker.compare.limits import same_time
from tracker.compare.model import BlockKind, Document
from tracker.compare.remembered import per_document

_NONE: frozenset[str] = frozenset()
_WORD = re.compile(r"[a-z]{3,}")
_MOST_READ = 500  #: clauses that name one act; what a text says so often it says among the first
_SAID_AGAIN = 0.7  #: of a sentence's words that another must hold to say the same


class _Said:
    """What a document says of one act, arranged so that each of many questions looks at few statements."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = tuple(facts)
        self._items: dict[tuple[bool, str], set[str]] = defaultdict(set)
        self._alike: dict[Hashable, dict[Hashable, Fact]] = defaultdict(dict)
        self._worded: dict[Hashable, list[set[str]]] = defaultdict(list)
        self._holders: dict[Hashable, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for fact in facts:
            for slot, names in fact.slots.items():
                self._items[fact.denied, slot] |= names
            slots = tuple(sorted(fact.slots.items()))
            self._alike[_terms(fact)].setdefault((slots, tuple(period.days for period in fact.periods)), fact)
            words, group = _words(fact), _stance(fact)
            for word in words:
                self._holders[group][word].append(len(self._worded[group]))
            self._worded[group].append(words)

    def holds_item(self, fact: Fact, slot: str, name: str) -> bool:
        """Say whether a statement as much allowed or denied names an item."""
        return name in self._items.get((fact.denied, slot), ())

    def alike(self, fact: Fact) -> Iterable[Fact]:
        """Return the statements under the same terms, of those with the same items and times one."""
        return self._alike.get(_terms(fact), {}).values()

    def says(self, fact: Fact) -> bool:
        """Say whether a statement of the same stance holds most words of one."""
        words, group = _words(fact), _stance(fact)
        worded, holders = self._worded.get(group, []), self._holders.get(group, {})
        if not words:
            return bool(worded)
        # What holds most of the words holds one of the rarest: only statements with one of these are looked at.
        rarest = sorted(words, key=lambda word: (len(holders.get(word, ())), word))
        seen: set[int] = set()
        for word in rarest[: len(words) - math.ceil(_SAID_AGAIN * len(words)) + 1]:
            for at in holders.get(word, ()):
                if at not in seen and len(words & worded[at]) >= _SAID_AGAIN * len(words):
                    return True
                seen.add(at)
        return False


def _words(fact: Fact) -> set[str]:
    return set(_WORD.findall(fact.sentence.lower()))


def _stance(fact: Fact) -> Hashable:
    return fact.denied, fact.actor, fact.exposure


def _terms(fact: Fact) -> Hashable:
    return fact.denied, fact.actor, fact.exposure, fact.exclusive, fact.exceptions


class Whole:
    """One side of the comparison, read clause by clause when asked."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._acts: list[frozenset[str]] | None = None  #: that each clause names; of headings none
        self._about: dict[str, _Said] = {}
        self._said_anywhere: dict[tuple[Cue, ...], bool] = {}

    @cached_property
    def _lowered(self) -> list[str]:
        return [clause.text.lower() for clause in self._document.clauses]

    def _said(self, act: str) -> _Said:
        if act not in self._about:
            if self._acts is None:
                self._acts = [
                    _NONE if clause.kind is BlockKind.HEADING else _acts_named(clause.text, clause.lead_in)
                    for clause in self._document.clauses
                ]
            naming = (clause for clause, acts in zip(self._document.clauses, self._acts, strict=True) if act in acts)
            self._about[act] = _Said(
                [
                    fact
                    for clause in islice(naming, _MOST_READ)
                    for fact in read(clause.text, clause.lead_in).facts
                    if fact.act == act
                ]
            )
        return self._about[act]

    def about(self, act: str) -> tuple[Fact, ...]:
        """Return what the whole document says of one act; only clauses that name it are read, and only so many."""
        return self._said(act).facts

    def says_any(self, cues: tuple[Cue, ...]) -> bool:
        """Say whether one of some phrases stands anywhere."""
        if cues not in self._said_anywhere:
            self._said_anywhere[cues] = any(any_match(cues, text) for text in self._lowered)
        return self._said_anywhere[cues]

    def speaks_of(self, entry: Entry) -> bool:
        """Say whether an entry is mentioned anywhere."""
        return self.says_any(entry.cues)

    def holds_item(self, fact: Fact, slot: str, name: str) -> bool:
        """Say whether the document names an item in a slot of the same act, as much allowed or denied."""
        return self._said(fact.act).holds_item(fact, slot, name)

    def covers(self, fact: Fact) -> bool:
        """Say whether statements of this document together hold every item of one statement, as firmly said."""
        if fact.act.startswith(DEFINES) or not any(fact.slots.values()):
            return False
        like = [
            other
            for other in self._said(fact.act).alike(fact)
            if fact.slots["recipients"] <= other.slots["recipients"]
            and all(any(same_time(mine.days, its.days) for its in other.periods) for mine in fact.periods)
        ]
        return bool(like) and all(
            names <= frozenset(name for other in like for name in other.slots[slot])
            for slot, names in fact.slots.items()
        )

    def says(self, fact: Fact) -> bool:
        """Say whether the document makes a statement elsewhere: same act and force of denial, same items or words."""
        return self._said(fact.act).says(fact)


@per_document
def whole_of(document: Document) -> Whole:
    """Return a side as a whole; the new side of one comparison is the old side of the next."""
    return Whole(document)


@cached(8192)
def _acts_named(text: str, lead_in: str) -> frozenset[str]:
    """Return the acts that a clause names, or the sentence that opens its list; most clauses stand in both texts."""
    acts = lexicon().acts
    return frozenset(
        acts.named[at]
        for said in {text.lower(), lead_in.lower()} - {""}
        for at in acts.index.near(said)
        if acts.index.cues[at].search(said) is not None
    )
