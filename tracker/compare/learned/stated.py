"""What a clause states and whom it speaks of, counted: the features that a scorer reads of facts and voices."""

import math
from collections import Counter
from collections.abc import Iterable

from tracker.compare.facts.facts import Reading, read
from tracker.compare.vocabulary.lexicons import active, cached


@cached(1)
def _voices() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in active().table("word_lists.toml")["voices"].items()}


def add_facts(before: str, after: str, lead_in: str, level: dict[str, float], swing: dict[str, float]) -> None:
    """Tell how much is stated, in which acts and how freely, and what of it came or went."""
    old, new = (read(text, lead_in) if text else None for text in (before, after))
    sides = [side for side in (old, new) if side is not None]
    level["facts"] = math.log1p(max(len(side.facts) for side in sides))
    level["legal phrases"] = math.log1p(max(len(side.phrases) for side in sides))
    level["periods"] = math.log1p(max(len(side.periods) for side in sides))
    went, came = (Counter(_stated(side)) for side in (old, new))
    differing = (went - came) + (came - went)
    level["facts differ"] = math.log1p(sum(differing.values()))
    for actor, act, denied in differing:
        level[f"fact {actor} {act}"] = 1.0
        turn = (came[actor, act, denied] - went[actor, act, denied]) * (-1 if denied else 1)
        swing[f"facts of {actor}"] = swing.get(f"facts of {actor}", 0.0) + turn
    phrases = [set(side.phrases) if side else set() for side in (old, new)]
    for name in phrases[0] ^ phrases[1]:
        level[f"phrase {name}"] = 1.0
        swing[f"phrase {name}"] = 1.0 if name in phrases[1] else -1.0
    level["legal phrases differ"] = float(len(phrases[0] ^ phrases[1]))


def _stated(reading: Reading | None) -> Iterable[tuple[str, str, bool]]:
    return [(fact.actor.value, fact.act, fact.denied) for fact in reading.facts] if reading else ()


def add_voices(words: list[str], differing: set[str], level: dict[str, float]) -> None:
    """Tell whom a clause speaks of, whom what differs speaks of, and with whom it opens."""
    said = set(words)
    voices = _voices()
    for name, nouns in voices.items():
        level[f"speaks of {name}"] = float(not nouns.isdisjoint(said))
        level[f"differs in {name}"] = float(not nouns.isdisjoint(differing))
        level[f"opens with {name}"] = float(not nouns.isdisjoint(words[:2]))
    level["speaks of nobody"] = float(all(nouns.isdisjoint(said) for nouns in voices.values()))
