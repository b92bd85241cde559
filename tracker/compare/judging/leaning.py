"""How the clauses of one change lean on each other: what a rule tells of the way one goes counts for those beside it.

A rule is never overruled: only what the scorer alone told of the direction of a clause gives way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from tracker.compare.judging.severity import WORDING
from tracker.compare.model import Judgement, Pair, Reason
from tracker.words import ChangeKind, ClauseClass, Direction

LEANING = "leaning"
_ONE_SIDED = {ChangeKind.ADDED, ChangeKind.REMOVED}
_FEW = 3  #: material clauses; of more, some are likely better and some worse
_DOUBTFUL = 0.5  #: of the surest one's log-odds, below which the direction of a clause is doubtful beside it
_SENTENCE = "Which way this clause goes is less sure than for the others that changed: it is taken to go their way."


def is_by_facts(judgement: Judgement) -> bool:
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
        ways = {judgement.direction for _, judgement in told if is_by_facts(judgement)} - {Direction.NEUTRAL}
        if len(ways) == 1:
            (way,) = ways
            for at, judgement in told:
                if not is_by_facts(judgement) and judgement.direction is not Direction.NEUTRAL:
                    found[at] = replace(judgement, direction=way)
    return found


def agreed(judged: Sequence[Judgement | None], sways: Sequence[float]) -> list[Judgement | None]:
    """Let the doubtful ones of a few material clauses go the way of the sure ones; `sways` are the scorer's log-odds.

    Sure is what a rule tells, and else the surest by the scorer and what comes near it. Where those differ among
    themselves nothing changes. What stands beside an exchange that is neither better nor worse is a detail of it.
    """
    found = list(judged)
    material = _told(judged)
    if len(material) > _FEW:
        return found
    voting = {at: one for at, one in material.items() if one.direction is not Direction.NEUTRAL}
    sure = {at for at, one in voting.items() if is_by_facts(one)}
    if not sure and any(is_by_facts(one) for one in material.values()):
        return _led(found, voting, Direction.NEUTRAL)
    if Direction.overall(one.direction for one in voting.values()) is not Direction.MIXED:
        return found
    if not sure:
        most = max(abs(sways[at]) for at in voting)
        sure = {at for at in voting if abs(sways[at]) >= _DOUBTFUL * most}
    way = Direction.overall(voting[at].direction for at in sure)
    return found if way is Direction.MIXED else _led(found, voting, way)


def _led(judged: Sequence[Judgement | None], voting: Mapping[int, Judgement], way: Direction) -> list[Judgement | None]:
    """Return judgements in which those that have a vote all go one way."""
    found = list(judged)
    for at, one in voting.items():
        if one.direction is not way:
            quoted = one.reasons[0]
            reason = Reason(LEANING, _SENTENCE, quoted.before, quoted.after)
            found[at] = replace(one, direction=way, reasons=(*one.reasons, reason))
    return found
