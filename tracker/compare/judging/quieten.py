"""Takes back what a comparison of two texts made of differences that the source's history explains.

The two texts alone cannot tell that a page shows variants in turn, or that a block of it never stands still.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tracker.compare.facts.facts import read
from tracker.compare.judging.leaning import LEANING
from tracker.compare.model import ClauseChange, Document, Judgement, Reason, Verdict, ordered_topics
from tracker.compare.text.volatile import masked, runs_at
from tracker.words import ClauseClass, Direction, Severity

VOLATILE = "volatile_block"
VARIANT = "known_variant"

_SENTENCES = {
    VOLATILE: "This block of the page changes all the time; nothing material is said in it.",
    VARIANT: "The page shows variants in turn, and this is what one of them says.",
}
_PINNED = "This block of the page was pinned as volatile by a person."


def _noise(change: ClauseChange, rule: str, sentence: str) -> ClauseChange:
    reason = Reason(rule, sentence, change.before, change.after)
    return replace(change, judgement=Judgement(ClauseClass.NOISE, reasons=(reason,)))


def _with(verdict: Verdict, changes: Sequence[ClauseChange]) -> Verdict:
    """Return the verdict with its changes judged otherwise, and everything that follows from them."""
    material = [change for change in changes if change.judgement.cls is ClauseClass.MATERIAL]
    return replace(
        verdict,
        changes=tuple(changes),
        alert=bool(material),
        severity=max(
            (change.judgement.severity for change in material), key=lambda one: one.rank, default=Severity.NONE
        ),
        topics=ordered_topics(topic for change in material for topic in change.judgement.topics),
        direction=Direction.overall(change.judgement.direction for change in material),
    )


def _quieten(verdict: Verdict, said: Callable[[ClauseChange], tuple[str, str] | None]) -> Verdict:
    changes = []
    for change in verdict.changes:
        told = said(change)
        changes.append(change if told is None else _noise(change, *told))
    return verdict if tuple(changes) == verdict.changes else _with(verdict, changes)


def quieten_spots(
    verdict: Verdict, before: Document, after: Document, learnt: frozenset[str], pinned: frozenset[str]
) -> Verdict:
    """Return a verdict in which changes of volatile spots are noise; `learnt` and `pinned` are hashes of spots.

    What was learnt silences nothing material, unless no fact and no telling word was found in it. A person's pin
    does, but for new words of high severity.
    """
    if not learnt and not pinned:
        return verdict
    old, new = _places(before, learnt | pinned), _places(after, learnt | pinned)

    def said(change: ClauseChange) -> tuple[str, str] | None:
        spots = {old.get(at) for at in change.before_at} | {new.get(at) for at in change.after_at}
        if None in spots or not spots:
            return None
        if spots <= pinned and not _weighty_words(change, before, after):
            return VOLATILE, _PINNED
        return None if _says_something(change) else (VOLATILE, _SENTENCES[VOLATILE])

    return _quieten(verdict, said)


def _says_something(change: ClauseChange) -> bool:
    """Say whether a change is material by what it says: by a rule, a telling word, or a fact on either side."""
    judgement = change.judgement
    if judgement.cls is not ClauseClass.MATERIAL:
        return False
    if any(reason.rule not in {"wording", LEANING} for reason in judgement.reasons):
        return True
    return any(read(text).facts for text in (change.before, change.after) if text)


def _weighty_words(change: ClauseChange, before: Document, after: Document) -> bool:
    """Say whether more than numbers changed, and it weighs much."""
    old = [masked(before.clauses[at].key) for at in change.before_at]
    new = [masked(after.clauses[at].key) for at in change.after_at]
    return old != new and change.judgement.severity.rank >= Severity.HIGH.rank


def _places(document: Document, masks: frozenset[str]) -> dict[int, str]:
    return {at: name for name, places in runs_at(document, masks) for at in places}


def quieten_variants(verdict: Verdict, before: Document, others: Sequence[tuple[Document, Verdict]]) -> Verdict:
    """Return a verdict in which only that is material which no known variant of the page says.

    `others` are the other variants, each with the verdict on the step from it to the same new text. A clause that came
    stays material if it is so beside every variant; one that went, or was replaced, if every variant had it.
    """
    if not others:
        return verdict
    keys = [{clause.key for clause in document.clauses} for document, _ in others]
    new = [{at for change in other.material() for at in change.after_at} for _, other in others]

    def said(change: ClauseChange) -> tuple[str, str] | None:
        if change.judgement.cls is not ClauseClass.MATERIAL:
            return None
        replaced = {before.clauses[at].key for at in change.before_at}
        stays = bool(replaced) and all(replaced <= had for had in keys)
        if change.after_at:
            stays = stays or all(not places.isdisjoint(change.after_at) for places in new)
        return None if stays else (VARIANT, _SENTENCES[VARIANT])

    return _quieten(verdict, said)


def requieten(before: Verdict, after: Verdict) -> Verdict:
    """Return a verdict under newer rules in which the clauses that an older one took back are taken back again."""
    taken: Mapping[tuple[str, str], Reason] = {
        (change.before, change.after): reason
        for change in before.changes
        for reason in change.judgement.reasons
        if reason.rule in _SENTENCES
    }
    if not taken:
        return after

    def said(change: ClauseChange) -> tuple[str, str] | None:
        reason = taken.get((change.before, change.after))
        if reason is None:
            return None
        # What was learnt silences nothing that matters under the newer rules; a person's pin does.
        if reason.sentence == _SENTENCES[VOLATILE] and _says_something(change):
            return None
        return reason.rule, reason.sentence

    return _quieten(after, said)
