"""What each aligned pair means, by the learned scorer alone."""

from collections.abc import Sequence

from tracker.compare.model import Document, Judgement, Pair, Reason, text_of
from tracker.compare.scorer import PairScore, explain, score_pairs
from tracker.words import ClauseClass, Severity

_HIGH = 0.8  #: probability from which a material change weighs medium


def _reasons(score: PairScore, old: str, new: str) -> tuple[Reason, ...]:
    found = []
    for item in explain(score):
        went, came = ", ".join(item.before), ", ".join(item.after)
        parts = [f"drops “{went}”" if went else "", f"adds “{came}”" if came else ""]
        said = " and ".join(part for part in parts if part)
        found.append(Reason(f"words_{item.name}", f"The clause {said} ({item.title}).", went, came))
    if not found:
        found.append(Reason("wording", "The wording of the clause changed.", old, new))
    return tuple(found)


def judge(before: Document, after: Document, pairs: Sequence[Pair]) -> tuple[Judgement, ...]:
    """Return one judgement for each pair that is not identical on both sides, in order."""
    found = []
    for pair, score in zip(pairs, score_pairs(before, after, pairs), strict=True):
        if score is None:
            continue
        reasons = _reasons(score, text_of(before.clauses, pair.before), text_of(after.clauses, pair.after))
        if score.cls is not ClauseClass.MATERIAL:
            found.append(Judgement(score.cls, score.topics, score.direction, Severity.NONE, reasons))
            continue
        weight = 2 if score.material >= _HIGH else 1
        severity = Severity.MEDIUM if weight > 1 else Severity.LOW
        terms = (("substantive wording", weight),)
        found.append(Judgement(score.cls, score.topics, score.direction, severity, reasons, terms))
    return tuple(found)
