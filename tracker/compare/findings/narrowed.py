"""One thing said more narrowly, all else being the same: "what you bought" and "what you bought with a bot".

What narrows a burden or a leave of the organisation is good for the person; what narrows a right or a promise is not.
"""

import re
from itertools import takewhile

from tracker.compare.facts.statements import FOR_THE_PERSON, Bearing, Statement, bearing_of, pairs_of, statements
from tracker.compare.findings.finding import Finding
from tracker.words import Direction

_WORD = re.compile(r"[\w'-]+")
_RELATIVE = frozenset({"that", "who", "which", "whose", "whom"})
#: what goes on with such a clause: "that you bought | with a bot"
_GOING_ON = frozenset(
    {"with", "from", "by", "on", "in", "at", "through", "via", "using", "within", "during", "before", "after"}
)
_NEAR = 8  #: words before what came, among which the clause it goes on with opens
_LEAST, _MOST = 2, 12  #: words by which one side is longer


def _came(shorter: list[str], longer: list[str]) -> tuple[list[str], list[str]] | None:
    """Return the words in front of what one list has more than the other, and those words; None where more differs."""
    front = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(shorter, longer, strict=False)))
    if longer[front + len(longer) - len(shorter) :] != shorter[front:]:
        return None
    return longer[:front], longer[front : front + len(longer) - len(shorter)]


def _narrows(front: list[str], words: list[str]) -> bool:
    if not _LEAST <= len(words) <= _MOST:
        return False
    return words[0] in _RELATIVE or (words[0] in _GOING_ON and not _RELATIVE.isdisjoint(front[-_NEAR:]))


def _bearing(old: Statement, new: Statement) -> Bearing:
    pairs = pairs_of(old, new)
    return bearing_of(*pairs[0]) if pairs else Bearing.UNKNOWN


def narrowed(before: str, after: str) -> Finding | None:
    """Return that one of two sentences speaks of less; None where more differs, or it is not known who bears it."""
    olds, news = statements(before), statements(after)
    if len(olds) != 1 or len(news) != 1:
        return None
    old, new = (_WORD.findall(side[0].lowered) for side in (olds, news))
    narrower = len(new) > len(old)
    came = _came(*sorted((old, new), key=len))
    bearing = _bearing(olds[0], news[0])
    if came is None or not _narrows(*came) or bearing is Bearing.UNKNOWN:
        return None
    way = Direction.WEAKER if (bearing in FOR_THE_PERSON) == narrower else Direction.STRONGER
    words = f"“{' '.join(came[1])}”"
    return Finding("said_narrower" if narrower else "said_wider", way, words, before, after)
