"""The same value as the least and as the most: "not less than four weeks apart" and "not more than"."""

import re

from tracker.compare.findings.finding import Finding
from tracker.compare.findings.plain import plain
from tracker.words import Direction

_BOUND = re.compile(r"^(?:least|most)\ue011$")


def bound_turned(before: str, after: str) -> Finding | None:
    """Return that a span which was the least is now the most, or the other way round, all else being the same."""
    old, new = plain(before), plain(after)
    if old.values != new.values or len(old.words) != len(new.words):
        return None
    changed = [(one, other) for one, other in zip(old.words, new.words, strict=True) if one != other]
    if not changed or not all(_BOUND.match(word) for pair in changed for word in pair):
        return None
    words = {"least\ue011": "at least", "most\ue011": "at most"}
    return Finding(
        "bound_turned", Direction.NEUTRAL, "a limit", before, after, old=words[changed[0][0]], new=words[changed[0][1]]
    )
