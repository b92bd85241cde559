"""How far clauses are judged one by one: where more differs than anyone reads, a person should look at the rest."""

from collections.abc import Sequence
from functools import lru_cache

from tracker.compare.model import Document, Judgement, Pair, Reason
from tracker.words import ClauseClass, Severity

MOST_JUDGED = 400  #: clause pairs with other words; no real step between two versions comes near
TOO_MANY = "too_many_changes"  #: the rule that speaks for the rest


def within_reach(before: Document, after: Document, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """Return the pairs to judge: all, or the identical ones and the first that differ in more than their form."""
    if sum(pair.kind is not None for pair in pairs) <= MOST_JUDGED:
        return pairs
    kept = []
    left = MOST_JUDGED
    for pair in pairs:
        differs = pair.kind is not None
        if not differs or (left and _keys(before, pair.before) != _keys(after, pair.after)):
            kept.append(pair)
            left -= differs
    return kept


@lru_cache(maxsize=1)
def _sentence(most: int) -> str:
    return f"More than {most:,} clauses differ, and this one was not judged; a person should read it."


def out_of_reach(old: str, new: str) -> Judgement:
    """Return what is said of a clause that was not judged: never nothing."""
    return Judgement(
        ClauseClass.MATERIAL,
        severity=Severity.LOW,
        reasons=(Reason(TOO_MANY, _sentence(MOST_JUDGED), old, new),),
        severity_terms=(("not judged among so many", 1),),
    )


def _keys(document: Document, indices: Sequence[int]) -> str:
    return " ".join(document.clauses[index].key for index in indices)
