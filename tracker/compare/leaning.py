"""How the clauses of one change lean on each other: what a rule tells of the way one goes counts for those beside it.

A rule is never overruled: only what the scorer alone told of the direction of a clause gives way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from tracker.compare.model import Judgement, Pair, Reason
from tracker.compare.severity import WORDING
from tracker.words import ChangeKind, ClauseClass, Direction

LEANING = "leaning"
_ONE_SIDED = {ChangeKind.ADDED, ChangeKind.REMOVED}
_FEW = 3  #: material clauses; of more, some are likely better and some worse
_DOUBTFUL = 0.5  #: of the surest one's log-odds, below which the direction of a clause is doubtful beside it
_SENTENCE = "Which way this clause goes is less sure than for the others that changed: it is taken to go their way."


def _is_by_facts(judgement: Judgement) -> bool:
    """Say whether a rule told the direction: that a term is spoken of does not yet say which way that goes."""
    return not judgement.leans and all(name != WORDING for name, _ in judgement.severity_terms)


def _told(judged: Sequence[Judgement | None]) -> dict[int, Judgement]:
    """Return the material judgements by their place."""
    return {at: one for at, one in enumerate(judged) if one is not None and one.cls is ClauseClass.MATERIAL}


def _rewrites(pairs: Sequence[Pair]) -> Iterator[list[int]]:
    """Yield the places in `pairs` of clauses that went and came between the same two neighbours."""
    for alone, run in groupby(enumerate(pairs), lambda item: item[1].kind in _ONE_SIDED):
        places = [at for at, _ in run]
        if alone and {pairs[at].kind for at in places} == _ONE_SIDED:
            yield places


def in_place(pairs: Sequence[Pair], judged: Sequence[Judgement | None]) -> list[Judgement | None]:
    """Let what a rewrite lost and gained go the way that facts tell of it, where the scorer alone tells another."""
    found = list(judged)
    material = _told(judged)
    for places in _rewrites(pairs):
        told = [(at, material[at]) for at in places if at in material]
        ways = {judgement.direction for _, judgement in told if _is_by_facts(judgement)} - {Direction.NEUTRAL}
        if len(ways) == 1:
            (way,) = ways
            for at, judgement in told:
                if not _is_by_facts(judgement) and judgement.direction is not Direction.NEUTRAL:
                    found[at] = replace(judgement, direction=way)
    return found


def agreed(judged: Sequence[Judgement | None], sways: Sequence[float]) -> list[Judgement | None]:
    """Let the doubtful ones of a few material clauses go the way of the sure ones; `sways` are the scorer's log-odds.

    Sure is what a rule tells, and else the surest by the scorer and what comes near it. Where those differ among
    themselves nothing changes.
    """
    found = list(judged)
    material = _told(judged)
    voting = {at: one for at, one in material.items() if one.direction is not Direction.NEUTRAL}
    if len(material) > _FEW or Direction.overall(one.direction for one in voting.values()) is not Direction.MIXED:
        return found
    sure = {at for at, one in voting.items() if _is_by_facts(one)}
    if not sure:
        most = max(abs(sways[at]) for at in voting)
        sure = {at for at in voting if abs(sways[at]) >= _DOUBTFUL * most}
    way = Direction.overall(voting[at].direction for at in sure)
    if way is not Direction.MIXED:
        for at, one in voting.items():
            if one.direction is not way:
                quoted = one.reasons[0]
                reason = Reason(LEANING, _SENTENCE, quoted.before, quoted.after)
                found[at] = replace(one, direction=way, reasons=(*one.reasons, reason))
    return found
