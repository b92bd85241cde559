"""Which statement of one side answers which of the other, and whether two are versions of one sentence."""

import re
from collections.abc import Iterable
from dataclasses import replace

from tracker.compare.facts import Fact
from tracker.compare.grammar import grammar

_WORD = re.compile(r"[a-z]{3,}")
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
