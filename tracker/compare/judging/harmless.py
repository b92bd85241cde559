"""Judgements on what changes nothing, or little, with the sentence that says why."""

from tracker.compare.judging.inert import Inert
from tracker.compare.model import Judgement, Reason
from tracker.words import ClauseClass, Topic

#: Why a change is minor, by the name of the rule.
_MINOR = {
    "pointer": "Only the place that the reader is sent to is another.",
    "entity_renamed": "Only a name is another, and the text says that it stands for the same.",
    "legal_form": "Only the legal form of a company is another: who it is stays.",
    "example": "Only an example is another, of what is said in general.",
    "summary": "This says again in few words what stands beside it.",
    "whereabouts": "Only who someone is, or where and when to reach them, is another.",
}


def cosmetic(rule: str, sentence: str, old: str, new: str) -> Judgement:
    """Return that both sides say the same."""
    return Judgement(ClauseClass.COSMETIC, reasons=(Reason(rule, sentence, old, new),))


def minor(rule: str, old: str, new: str) -> Judgement:
    """Return that a fact is another which few want an alert for."""
    return Judgement(ClauseClass.MINOR, (Topic.OTHER,), reasons=(Reason(rule, _MINOR[rule], old, new),))


def by_nothing(nothing: Inert, old: str, new: str) -> Judgement:
    """Return what a clause means that states nothing by itself."""
    topics = (Topic.OTHER,) if nothing.cls is ClauseClass.MINOR else ()
    return Judgement(nothing.cls, topics, reasons=(Reason(nothing.rule, nothing.sentence, old, new),))
