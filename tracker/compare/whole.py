"""One side of a comparison as a whole: whether it says something anywhere."""

import re

from tracker.compare.facts import DEFINES, Fact, read
from tracker.compare.lexicon import Entry, lexicon
from tracker.compare.limits import same_time
from tracker.compare.model import BlockKind, Document

_WORD = re.compile(r"[a-z]{3,}")
_SAID_AGAIN = 0.7  #: of a sentence's words that another must hold to say the same


class Whole:
    """One side of the comparison, read clause by clause when asked."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lowered = [clause.text.lower() for clause in document.clauses]
        self._about: dict[str, tuple[Fact, ...]] = {}

    def about(self, act: str) -> tuple[Fact, ...]:
        """Return what the whole document says of one act; only clauses that name it are read."""
        if act not in self._about:
            entry = lexicon().acts.entries[act]
            self._about[act] = tuple(
                fact
                for clause, lowered in zip(self._document.clauses, self._lowered, strict=True)
                if clause.kind is not BlockKind.HEADING and _names(entry, lowered, clause.lead_in.lower())
                for fact in read(clause.text, clause.lead_in).facts
                if fact.act == act
            )
        return self._about[act]

    def speaks_of(self, entry: Entry) -> bool:
        """Say whether an entry is mentioned anywhere."""
        return any(cue.search(text) is not None for text in self._lowered for cue in entry.cues)

    def holds_item(self, fact: Fact, slot: str, name: str) -> bool:
        """Say whether the document names an item in a slot of the same act, as much allowed or denied."""
        return any(other.denied == fact.denied and name in other.slots[slot] for other in self.about(fact.act))

    def covers(self, fact: Fact) -> bool:
        """Say whether statements of this document together hold every item of one statement, as firmly said."""
        if fact.act.startswith(DEFINES) or not any(fact.slots.values()):
            return False
        like = [
            other
            for other in self.about(fact.act)
            if (other.denied, other.actor, other.exposure, other.exclusive, other.exceptions)
            == (fact.denied, fact.actor, fact.exposure, fact.exclusive, fact.exceptions)
            and fact.slots["recipients"] <= other.slots["recipients"]
            and all(any(same_time(mine.days, its.days) for its in other.periods) for mine in fact.periods)
        ]
        return bool(like) and all(
            names <= frozenset(name for other in like for name in other.slots[slot])
            for slot, names in fact.slots.items()
        )

    def says(self, fact: Fact) -> bool:
        """Say whether the document makes a statement elsewhere: same act and force of denial, same items or words."""
        words = set(_WORD.findall(fact.sentence.lower()))
        for other in self.about(fact.act):
            if (other.denied, other.actor) != (fact.denied, fact.actor):
                continue
            theirs = set(_WORD.findall(other.sentence.lower()))
            if other.exposure == fact.exposure and len(words & theirs) >= _SAID_AGAIN * len(words):
                return True
        return False


def _names(entry: Entry, *texts: str) -> bool:
    return any(cue.search(text) is not None for text in texts if text for cue in entry.cues)
