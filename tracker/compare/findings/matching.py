"""Which statement of one side answers which of the other, and whether two say the same."""

import re
from collections.abc import Iterable
from dataclasses import replace

from tracker.compare.facts.facts import Fact, Reading
from tracker.compare.findings.limits import same_time
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicon import Noun
from tracker.compare.vocabulary.stems import content_stems

_WORD = re.compile(r"[a-z]{3,}")
_REWORDED = 1  #: stems that one version of a sentence may have of its own beside a list that lost or got an item
_OURS = re.compile(r"\b(?:we|our|us)\b")
_ALIKE = 0.5  #: of the shorter sentence's words that two versions of one have in common


def merged(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts of one side with those joined that differ in their items alone: two sentences say as much as one."""
    found: dict[object, Fact] = {}
    for fact in facts:
        key = (fact.actor, fact.act, fact.denied, fact.exposure, fact.exceptions, fact.exclusive)
        old = found.get(key)
        if old is None:
            found[key] = fact
        elif old != fact:
            slots = {slot: old.slots[slot] | fact.slots[slot] for slot in old.slots}
            found[key] = replace(old, slots=slots, quotes={**fact.quotes, **old.quotes})
    return list(found.values())


def _overlap(one: Fact, other: Fact) -> float:
    mine = {item for names in one.slots.values() for item in names}
    theirs = {item for names in other.slots.values() for item in names}
    shared = len(mine & theirs) / max(1, len(mine | theirs))
    words, others = (set(_WORD.findall(fact.sentence.lower())) for fact in (one, other))
    common = len(words & others) / max(1, len(words | others))
    return shared + 2 * common + 0.5 * (one.denied == other.denied) + 0.5 * (one.actor == other.actor)


def matched(olds: list[Fact], news: list[Fact]) -> tuple[list[tuple[Fact, Fact]], list[Fact], list[Fact]]:
    """Return the statements that answer each other, the closest first, and those of either side left over."""
    ranked = sorted(
        ((-_overlap(old, new), at, to) for at, old in enumerate(olds) for to, new in enumerate(news)),
    )
    pairs: list[tuple[Fact, Fact]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, at, to in ranked:
        if at not in used_old and to not in used_new:
            used_old.add(at)
            used_new.add(to)
            pairs.append((olds[at], news[to]))
    return (
        pairs,
        [old for at, old in enumerate(olds) if at not in used_old],
        [new for to, new in enumerate(news) if to not in used_new],
    )


def alike(old: Fact, new: Fact) -> bool:
    """Say whether two sentences are versions of one another, so that a single word between them tells."""
    words, others = (set(_WORD.findall(fact.sentence.lower())) for fact in (old, new))
    return len(words & others) >= _ALIKE * min(len(words), len(others))


def points_back(fact: Fact) -> bool:
    """Say whether a statement names its data by a word that stands for what was named before."""
    return not fact.slots["data_types"] and grammar()["pronoun"].search(fact.sentence.lower()) is not None


def excepted(fact: Fact, noun: Noun, slot: str) -> frozenset[str]:
    """Return the things that a statement takes out of itself: "except with couriers"."""
    return fact.slots[slot] & {item.name for said in fact.exceptions for item in noun.mentions(said.lower())}


def concerns_data(fact: Fact) -> bool:
    """Say whether a statement names data, or is made by the organisation of itself: "We do not sell"."""
    lowered = fact.sentence.lower()
    return bool(
        fact.slots["data_types"] or grammar()["data"].search(lowered) or _OURS.search(fact.quote("stance", fact.act))
    )


def states_alone(old: Reading | None, new: Reading | None) -> bool:
    """Say whether each side of a pair that there is makes statements, and holds no known phrase besides."""
    return all(reading.facts and not reading.phrases for reading in (old, new) if reading)


def same_facts(old: Reading, new: Reading) -> bool:
    """Say whether two readings state the same, wherever both state something."""

    def told(reading: Reading) -> set[object]:
        return {
            (
                fact.actor,
                fact.act,
                fact.denied,
                fact.exposure,
                tuple(frozenset(fact.slots[slot]) for slot in sorted(fact.slots)),
                fact.exclusive,
                fact.exceptions,
            )
            for fact in merged(fact for fact in reading.facts)
        }

    times = [sorted(period.days for period in reading.periods) for reading in (old, new)]
    return (
        told(old) == told(new)
        and set(old.phrases) == set(new.phrases)
        and len(times[0]) == len(times[1])
        and all(same_time(one, other) for one, other in zip(*times, strict=True))
    )


def is_described(*lowered: str) -> bool:
    """Say whether all of some lower-case sentences say what a document tells or covers: an exception tells less."""
    return all(grammar()["describing"].search(text) for text in lowered)


def said_anew(here: Fact, there: Fact) -> bool:
    """Say whether the version of a permission that lacks an item says something of its own in its place."""
    if not there.sentence:
        return False
    return len(content_stems(there.sentence) - content_stems(here.sentence)) > _REWORDED
