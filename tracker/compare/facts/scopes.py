"""Which part of a sentence belongs to which verb: "We share your name and store your address" says two things."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tracker.compare.facts.stance import Stance
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicon import Mention
from tracker.compare.vocabulary.lexicons import cached

_COORDINATOR = re.compile(r"[,;]?\s*\b(?:and|but|or|nor|while|whereas)\b|;")
_ASIDE = re.compile(r"^\s*,[^,]*,")  #: "and, with your consent, sell"
_MOST_BEFORE = 8  #: words between a coordinator and its verb
_BESIDE = 4  #: words that may stand between verbs that share their objects: "collect, and may also share"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a sentence, and what stands before the first verb and belongs to all."""

    start: int
    end: int
    shared: int  #: end of what belongs to all verbs

    def holds(self, at: int) -> bool:
        """Say whether a place in the sentence belongs to the verb."""
        return at < self.shared or self.start <= at < self.end

    def of(self, sentence: str) -> str:
        """Return the sentence with everything blanked that belongs to other verbs; the length stays."""
        if self.start <= self.shared:
            return sentence[: self.end]
        return sentence[: self.shared] + " " * (self.start - self.shared) + sentence[self.start : self.end]


@cached(1)
def _own_subject() -> re.Pattern[str]:
    """Return the pattern of what opens a coordinate clause: its subject or auxiliaries right before the verb."""
    words = grammar()
    opens = words.source("recipient", "user", "company", "auxiliary")
    thing = r"(?:your|the|this|their|its|such|all|any|these|that)\b[\w\s'-]*\b(?:is|are|be|been)"
    return re.compile(rf"\s*(?:(?:(?:{opens}|\w+ly|then|instead|to|be|our|in turn)(?:[\s,]+|$))*|{thing}[\s\w]*)")


def _boundary(sentence: str, start: int, end: int) -> int | None:
    """Return where a coordinate clause opens between two verbs; None where the second depends on the first."""
    for match in reversed(list(_COORDINATOR.finditer(sentence, start, end))):
        tail = _ASIDE.sub(" ", sentence[match.end() : end])
        if len(tail.split()) <= _MOST_BEFORE and _own_subject().fullmatch(tail):
            return match.start()
    return None


def scopes(sentence: str, said: Sequence[tuple[Mention, Stance]], items: Collection[int]) -> list[Scope]:
    """Return the part of a lower-case sentence that belongs to each of its verbs, given in reading order.

    `items` are the places where data, recipients and purposes are named: verbs with none between them share theirs.
    """
    if len(said) < 2:
        return [Scope(0, len(sentence), 0) for _ in said]
    cuts: list[int | None] = []
    for (one, _), (other, _) in pairwise(said):
        at = _boundary(sentence, one.end, other.start)
        between = sentence[one.end : other.start].split()
        beside = len(between) <= _BESIDE and not any(one.end <= item < other.start for item in items)
        cuts.append(None if beside else at)
    edges = [0, *(at for at in cuts if at is not None), len(sentence)]
    shared = said[0][0].start
    found = []
    for mention, _ in said:
        start = max(edge for edge in edges if edge <= mention.start)
        end = min(edge for edge in edges if edge > mention.start)
        found.append(Scope(start, end, shared if start > 0 else 0))
    return found
