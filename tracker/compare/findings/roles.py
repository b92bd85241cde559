"""Who stands where in a sentence: two versions of it in the same words, in which parties or things changed places.

"We are responsible for backups" and "you are responsible for backups" differ in one small word; "private until you make
it public" and "public until you make it private" in none.
"""

import re
from collections import Counter
from dataclasses import dataclass

from tracker.compare.findings.finding import Finding
from tracker.compare.findings.plain import plain
from tracker.compare.vocabulary.lexicons import cached
from tracker.compare.vocabulary.stems import function_words, stem
from tracker.words import Direction

_LONGEST = 600  #: characters of a sentence that is read
_WORD = re.compile(r"[\w'-]+")
#: Who is meant by a word that stands for a party; "us" and "me" as objects are told by what stands around them.
_PARTIES = {
    "we": "company", "us": "company", "our": "company", "ourselves": "company",
    "you": "person", "your": "person", "yourself": "person", "yourselves": "person",
}  # fmt: skip
_ACTORS = frozenset({"we", "you"})
_BURDEN = re.compile(
    r"\b(?:must|shall|will|have to|bear|pay|indemnify"
    r"|are (?:\w+ )?(?:responsible|liable|required|obliged|accountable))\b"
)
_RIGHT = re.compile(r"\b(?:may|can|are (?:\w+ )?(?:entitled|allowed|permitted|free)|choose|decide)\b")
#: Words around which what stands in front and what follows cannot be exchanged.
_PIVOTS = re.compile(r"\b(?:not|until|unless|before|after|rather than|instead of|except|only if|without|than)\b")
_STOPS = re.compile(r"[,;:]")
_PARTS = re.compile(r"[,;:]|\b(?:and|or|but|while|whereas)\b")


@cached(4096)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower().replace("’", "'")))


def bearer_changed(before: str, after: str) -> Finding | None:
    """Return that the person stands where the organisation did, or the other way round, in a sentence else the same."""
    if max(len(before), len(after)) > _LONGEST:
        return None
    old, new = _tokens(before), _tokens(after)
    if len(old) != len(new):
        return None
    changed = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    if not all(set(pair) <= _PARTIES.keys() and _PARTIES[pair[0]] != _PARTIES[pair[1]] for pair in changed):
        return None
    actors = [pair for pair in changed if set(pair) <= _ACTORS]
    if not actors:
        return None
    to_person = actors[0] == ("we", "you")
    said = " ".join(new)
    burden, right = _BURDEN.search(said) is not None, _RIGHT.search(said) is not None
    worse = Direction.WEAKER if burden == to_person else Direction.STRONGER
    way = Direction.NEUTRAL if burden == right else worse
    items = f"“{actors[0][0]}” became “{actors[0][1]}”"
    return Finding("bearer_changed", way, "who it is", before, after, items=items)


def _content(text: str) -> frozenset[str]:
    small = function_words()
    return frozenset(stem(word) for word in _WORD.findall(text) if word not in small)


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a pivot: before it in the sentence and in its own part of it, and after it up to a stop."""

    front: frozenset[str]
    part: frozenset[str]
    following: frozenset[str]

    def changed_places(self, other: "_Around") -> bool:
        """Say whether what stood in front follows now, or another thing stands in front of the same."""
        gone, come = self.following - other.following, other.following - self.following
        if gone or come:
            return bool(gone and come and gone <= other.front and come <= self.front)
        return bool(self.part and other.part) and self.front != other.front and self.part.isdisjoint(other.part)


def _around(lowered: str, pivot: str) -> _Around | None:
    """Return what stands around a pivot; None where it stands twice."""
    places = [match for match in _PIVOTS.finditer(lowered) if match.group() == pivot]
    if len(places) != 1:
        return None
    start, end = places[0].span()
    stop = _STOPS.search(lowered, end)
    part = _PARTS.split(lowered[:start])[-1]
    return _Around(_content(lowered[:start]), _content(part), _content(lowered[end : stop.start() if stop else None]))


def turned_round(before: str, after: str) -> Finding | None:
    """Return that two versions of a sentence say the same words the other way round; None where only order differs."""
    if max(len(before), len(after)) > _LONGEST:
        return None
    old, new = before.lower().replace("’", "'"), after.lower().replace("’", "'")
    if old == new or Counter(map(stem, _tokens(before))) != Counter(map(stem, _tokens(after))):
        return None
    if plain(before) == plain(after):
        return None
    for pivot in dict.fromkeys(match.group() for match in _PIVOTS.finditer(old)):
        was, now = _around(old, pivot), _around(new, pivot)
        if was is not None and now is not None and was.changed_places(now):
            return Finding("turned_round", Direction.NEUTRAL, "the sentence", before, after, items=f"“{pivot}”")
    return None
