"""One side of a comparison as a whole: whether it says something anywhere."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice

from tracker.compare.facts.facts import DEFINES, Fact, as_read, read
from tracker.compare.findings.limits import same_time
from tracker.compare.model import BlockKind, Clause, Document
from tracker.compare.text.remembered import per_document
from tracker.compare.vocabulary.cues import Cue, any_match
from tracker.compare.vocabulary.lexicon import Entry, Noun, lexicon
from tracker.compare.vocabulary.lexicons import cached

_NONE: frozenset[str] = frozenset()
_WORD = re.compile(r"[a-z]{3,}")
_MOST_READ = 500  #: clauses that name one act; what a text says so often it says among the first
_SAID_AGAIN = 0.7  #: of a sentence's words that another must hold to say the same


class _Read:
    """A clause that is read when a question first needs it."""

    def __init__(self, clause: Clause) -> None:
        self._said = clause.text, clause.lead_in
        self._heads = clause.kind is BlockKind.HEADING
        self._near: dict[str, frozenset[str]] = {}  #: items that may be named in a slot

    @cached_property
    def acts(self) -> frozenset[str]:
        """Return the acts that it names, or the sentence that opens its list does; a heading names none."""
        text, lead_in = self._said
        if self._heads:
            return _NONE
        return acts_named(text) | acts_named(lead_in) if lead_in else acts_named(text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Return its words; those of every statement it makes are among them."""
        return frozenset(_WORD.findall(as_read(*self._said).lower()))

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Return the statements it makes."""
        return read(*self._said).facts

    def may_name(self, slot: str, name: str) -> bool:
        """Say whether its statements can name an item, by its words alone: reading it takes much longer."""
        if slot not in self._near:
            noun: Noun = getattr(lexicon(), slot)
            self._near[slot] = noun.near(as_read(*self._said).lower())
        return name in self._near[slot]


class _Said:
    """What a document says of one act in the clauses that name it."""

    def __init__(self, act: str, clauses: Sequence[_Read]) -> None:
        self._act, self._clauses = act, clauses
        self._named: dict[tuple[bool, str, str], bool] = {}

    def _of(self, clause: _Read) -> Iterator[Fact]:
        return (fact for fact in clause.facts if fact.act == self._act)

    def facts(self) -> Iterator[Fact]:
        """Yield the statements in reading order, as long as they are asked for."""
        return (fact for clause in self._clauses for fact in self._of(clause))

    def holds_item(self, fact: Fact, slot: str, name: str) -> bool:
        """Say whether a statement as much allowed or denied names an item."""
        asked = fact.denied, slot, name
        if asked not in self._named:
            self._named[asked] = any(
                other.denied == fact.denied and name in other.slots.get(slot, _NONE)
                for clause in self._clauses
                if clause.may_name(slot, name)
                for other in self._of(clause)
            )
        return self._named[asked]

    @cached_property
    def _alike(self) -> Mapping[Hashable, Mapping[Hashable, Fact]]:
        found: dict[Hashable, dict[Hashable, Fact]] = defaultdict(dict)
        for fact in self.facts():
            slots = tuple(sorted(fact.slots.items()))
            found[_terms(fact)].setdefault((slots, tuple(period.days for period in fact.periods)), fact)
        return dict(found)

    def alike(self, fact: Fact) -> Iterable[Fact]:
        """Return the statements under the same terms, of those with the same items and times one."""
        return self._alike.get(_terms(fact), {}).values()

    def says(self, fact: Fact) -> bool:
        """Say whether a statement of the same stance holds most words of one."""
        words, stance = _words(fact), _stance(fact)
        most = _SAID_AGAIN * len(words)
        return any(
            _stance(other) == stance and len(words & _words(other)) >= most
            for clause in self._clauses
            if len(words & clause.words) >= most
            for other in self._of(clause)
        )


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
        self._read: dict[int, _Read] = {}
        self._about: dict[str, _Said] = {}
        self._said_anywhere: dict[tuple[Cue, ...], bool] = {}

    @cached_property
    def _lowered(self) -> list[str]:
        return [clause.text.lower() for clause in self._document.clauses]

    def _clauses(self) -> Iterator[_Read]:
        """Yield its clauses, as far as they are asked for."""
        for at, clause in enumerate(self._document.clauses):
            found = self._read.get(at)
            if found is None:
                found = self._read[at] = _Read(clause)
            yield found

    def _said(self, act: str) -> _Said:
        if act not in self._about:
            naming = (clause for clause in self._clauses() if act in clause.acts)
            self._about[act] = _Said(act, tuple(islice(naming, _MOST_READ)))
        return self._about[act]

    def about(self, act: str) -> Iterator[Fact]:
        """Yield what the whole document says of one act; only clauses that name it are read, and only so many."""
        return self._said(act).facts()

    def speaks_about(self, act: str) -> bool:
        """Say whether the document makes a statement of one act."""
        return next(self.about(act), None) is not None

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
def acts_named(text: str) -> frozenset[str]:
    """Return the acts that a text names; most clauses stand in both texts."""
    acts, lowered = lexicon().acts, text.lower()
    return frozenset(
        acts.named[at] for at in acts.index.near(lowered) if acts.index.cues[at].search(lowered) is not None
    )
