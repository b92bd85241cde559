"""The same value as the least and as the most: "not less than four weeks apart" and "not more than"."""

import re

from tracker.compare.facts.periods import role_of, spans_at
from tracker.compare.findings.finding import Finding
from tracker.compare.findings.plain import plain
from tracker.compare.findings.regions import lower
from tracker.words import Direction

_BOUND = re.compile(r"^(?:least|most)\ue011$")


def _if_longer(*texts: str) -> Direction:
    """Return for whom more of the time is good that some texts speak of; neutral where they do not agree."""
    roles = {role_of(period) for text in texts for period, _, _ in spans_at(lower(text))}
    ways = {role.longer for role in roles if role is not None} - {Direction.NEUTRAL}
    return ways.pop() if len(ways) == 1 else Direction.NEUTRAL


def bound_turned(before: str, after: str) -> Finding | None:
    """Return that a span which was the least is now the most, or the other way round, all else being the same."""
    old, new = plain(before), plain(after)
    if old.values != new.values or len(old.words) != len(new.words):
        return None
    changed = [(one, other) for one, other in zip(old.words, new.words, strict=True) if one != other]
    if not changed or not all(_BOUND.match(word) for pair in changed for word in pair):
        return None
    words = {"least\ue011": "at least", "most\ue011": "at most"}
    was, now = (words[word] for word in changed[0])
    longer = _if_longer(before, after)
    way = longer if now == words["least\ue011"] else longer.opposite
    return Finding("bound_turned", way, "a limit", before, after, old=was, new=now)
