"""A sentence that states nothing, set beside what stays: "You may cancel. For instructions see our FAQ."."""

from collections.abc import Sequence

from tracker.compare.findings.plain import same_plainly
from tracker.compare.judging.inert import Inert, inert
from tracker.compare.vocabulary.sentences import SENTENCE_END

_LONGEST = 2000  #: characters of a clause that are looked at


def _without(sentences: Sequence[str]) -> tuple[str, Inert | None]:
    """Return a text without its sentences that state nothing, and why the first of them does not."""
    kept: list[str] = []
    why: Inert | None = None
    for sentence in sentences:
        found = inert(sentence, alone=True, facts=True)
        why = why or found
        kept += [] if found else [sentence]
    return " ".join(kept), why


def appended(before: str, after: str) -> Inert | None:
    """Return why what one text has more than the other states nothing; None where more than such sentences differs."""
    if max(len(before), len(after)) > _LONGEST:
        return None
    olds, news = SENTENCE_END.split(before), SENTENCE_END.split(after)
    if len(olds) == len(news):
        return None
    (old, went), (new, came) = _without(olds), _without(news)
    return (came or went) if old and new and (came or went) and same_plainly(old, new) else None
