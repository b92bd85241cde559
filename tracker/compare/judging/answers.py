"""Clauses that answer the one in front of them in the same change, and give or take nothing without it.

A way out of a duty that came with it, an exception to it, a limit that went together with what it limited: beside the
clause they hang on they are neither a gain nor a loss.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tracker.compare.judging.leaning import is_by_facts
from tracker.compare.model import Document, Judgement, Pair, Reason
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.stems import content_stems
from tracker.words import ChangeKind, ClauseClass, Direction

ANSWER = "answers"
_BACK = 2  #: clauses in front in which stands what is answered
_SENTENCES = {
    ChangeKind.ADDED: "It is an exception to what came with it: beside that it gives you nothing you lacked.",
    ChangeKind.REMOVED: "It limited what went with it: without that it takes nothing from you.",
}
#: The way such a clause seems to go by itself; what it hangs on goes the other way.
_SEEMS = {ChangeKind.ADDED: Direction.STRONGER, ChangeKind.REMOVED: Direction.WEAKER}


def _answers(text: str, front: str) -> bool:
    """Say whether a text takes people out of what the text in front says: it points back, or names the same thing."""
    lowered, words = text.lower().replace("’", "'"), grammar()
    way_out = words["way_out"].search(lowered)
    if way_out is None:
        return words["limits_it"].match(lowered) is not None
    return words["pointing_back"].search(lowered, way_out.start()) is not None or not content_stems(
        lowered[way_out.end() :]
    ).isdisjoint(content_stems(front))


def _in_front(document: Document, place: int, places: dict[int, int]) -> Iterator[int]:
    """Yield the places in the list of pairs of the clauses in front of one, as far as they came or went as well."""
    for at in range(place - 1, place - 1 - _BACK, -1):
        if at not in places or document.clauses[at].section != document.clauses[place].section:
            return
        yield places[at]


def with_answers(
    before: Document, after: Document, pairs: Sequence[Pair], judged: Sequence[Judgement | None]
) -> list[Judgement | None]:
    """Return judgements in which what answers a clause of the same change, whose way a rule told, takes no side."""
    found = list(judged)
    for kind, document in ((ChangeKind.REMOVED, before), (ChangeKind.ADDED, after)):
        places = {(pair.after or pair.before)[0]: at for at, pair in enumerate(pairs) if pair.kind is kind}
        for place, at in places.items():
            one = judged[at]
            if one is None or one.cls is not ClauseClass.MATERIAL or one.direction is not _SEEMS[kind]:
                continue
            text = document.clauses[place].text
            for front in _in_front(document, place, places):
                other = judged[front]
                if other is None or other.direction is not one.direction.opposite or not is_by_facts(other):
                    continue
                if other.cls is ClauseClass.MATERIAL and _answers(text, document.clauses[place - 1].text):
                    quoted = ("", text) if kind is ChangeKind.ADDED else (text, "")
                    reason = Reason(ANSWER, _SENTENCES[kind], *quoted)
                    found[at] = replace(one, direction=Direction.NEUTRAL, leans=True, reasons=(*one.reasons, reason))
                    break
    return found
