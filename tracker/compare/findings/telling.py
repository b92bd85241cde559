"""How a finding tells of statements: what they are called, what they are about, how much they weigh."""

from dataclasses import replace

from tracker.compare.facts.facts import NEVER, Fact
from tracker.compare.findings.finding import Finding
from tracker.compare.vocabulary.lexicon import Entry, lexicon
from tracker.words import Direction, Topic

#: What a kind of finding calls the things in a slot of a statement.
KINDS_OF_SLOT = {"data_types": "data_type", "recipients": "recipient", "purposes": "purpose"}
#: How a statement was turned round, by whether it is a permission and whether it is denied now.
_TURNED = {
    (True, False): ("was ruled out", "no longer is"),
    (True, True): ("was not ruled out", "now is"),
    (False, False): ("was ruled out", "is now promised"),
    (False, True): ("was promised", "is now ruled out"),
}


def made(
    kind: str,
    way: Direction,
    entry: Entry,
    old: Fact | None,
    new: Fact | None,
    extra: tuple[Topic, ...] = (),
    weight: int = 0,
    items: str = "",
    was: str = "",
    now: str = "",
) -> Finding:
    """Return a finding on what one statement became; None is a side that makes none."""
    return Finding(
        kind,
        way,
        name_of(entry, new or old),
        old.sentence if old else "",
        new.sentence if new else "",
        entry.topics + extra,
        items,
        was,
        now,
        weight,
    )


def name_of(entry: Entry, fact: Fact | None) -> str:
    """Return what a sentence calls a statement: the act, and what is done to which data."""
    data = lexicon().data_types.title(fact.slots["data_types"]) if fact else ""
    return f"{entry.title} of {data}" if data and entry.side == "exposure" else entry.title


def flipped(way: Direction, entry: Entry, old: Fact, new: Fact) -> Finding:
    """Return that a statement was turned round, said in full: to whom and for what too."""
    fact = old if old.denied else new
    told = [
        f"{preposition} {noun.title(fact.slots[slot])}"
        for preposition, noun, slot in (
            ("to", lexicon().recipients, "recipients"),
            ("for", lexicon().purposes, "purposes"),
        )
        if fact.slots[slot] and entry.side == "exposure"
    ]
    exposure = entry.side == "exposure"
    was, now = _TURNED[exposure, new.denied]
    weight = (weight_of(new) if new.exposure else weight_of(old)) if exposure else 0
    extra = topics_in(fact, "purposes", "recipients") if exposure else ()
    turned = made("negation_flip", way, entry, old, new, extra, weight, was=was, now=now)
    return replace(turned, what=" ".join([turned.what, *told]))


def gate_of(fact: Fact) -> str:
    """Return what a sentence calls the condition on which a thing is done."""
    if fact.exposure == NEVER:
        return "never"
    return lexicon().gates.title(fact.gates) if fact.gates else "without a condition"


def weight_of(fact: Fact) -> int:
    """Return how much the weightiest of the things that a statement names weighs."""
    return max(
        (getattr(lexicon(), slot).entries[name].weight for slot in KINDS_OF_SLOT for name in fact.slots[slot]),
        default=0,
    )


def topics_in(fact: Fact, *slots: str) -> tuple[Topic, ...]:
    """Return what the things in some slots of a statement are about."""
    return tuple(
        topic
        for slot in slots
        for name in sorted(fact.slots[slot])
        for topic in getattr(lexicon(), slot).entries[name].topics
    )
