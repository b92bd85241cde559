"""What one version of a clause names that the other says too, in another order or form: "a copy may be requested".

A fact is read from verbs and their objects. Where the other version holds the same words and no statement of it took
them in, they are said in a way that is not read there: then nothing came or went for sure.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tracker.compare.facts.asides import without_former
from tracker.compare.facts.facts import SLOTS, Fact, Reading
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicon import Noun, lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.stems import function_words, stem

_WORD = re.compile(r"[a-z0-9]+")
_CELLS = " | "  #: between the cells of a table row
_LEAST_ROOT = 4  #: letters that two forms of one word share: "erase", "erasure"


@cached(1)
def _denials() -> frozenset[str]:
    return frozenset(active().table("word_lists.toml")["small_words"]["denials"]) | {"non", "t"}


@cached(1)
def _passed_over() -> frozenset[str]:
    """Return the words that two forms of one statement need not share."""
    small = active().table("word_lists.toml")["small_words"]
    turning = frozenset(active().table("word_lists.toml")["turning"])
    return frozenset([*function_words(), *small["leaves"], *small["duties"], *small["quantities"], "how"]) - turning


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("n't", " not").replace("cannot", "can not").replace("’", "'"))


def _is_form(one: str, other: str) -> bool:
    """Say whether two stems are of one word: "suspend", "suspens"; "eras", "erasur"."""
    if one == other:
        return True
    shorter = min(len(one), len(other))
    least = max(_LEAST_ROOT, shorter - 1)
    return shorter >= least and one[:least] == other[:least]


def denies(text: str) -> bool:
    """Say whether a text holds a word that denies."""
    return not _denials().isdisjoint(_words(text))


def says_words(phrase: str, text: str) -> bool:
    """Say whether a text holds each word of a phrase that carries content, in any form."""
    left_out = _passed_over() | _denials()
    asked = {stem(word) for word in _words(phrase) if word not in left_out}
    there = {stem(word) for word in _words(text)}
    return bool(asked) and all(any(_is_form(word, other) for other in there) for word in asked)


@dataclass(frozen=True, slots=True)
class Versions:
    """Both versions of one clause: what is read of them, and their texts. A reading of None is a side without one."""

    readings: tuple[Reading | None, Reading | None]
    texts: tuple[str, str]

    @property
    def both(self) -> bool:
        """Say whether there are two."""
        return all(self.readings)

    def says(self, phrase: str, side: int) -> bool:
        """Say whether a side says a phrase of the other in words that are not read, and denies as much."""
        if not self.both or len({(denies(text), _CELLS in text) for text in self.texts}) > 1:
            return False  # sentences and the row they became hold the same words for other matters
        return says_words(phrase, without_former(self.texts[side].lower()))

    def names(self, fact: Fact, slot: str, name: str, side: int) -> bool:
        """Say whether a side names an item of the other's statement, and no statement of its own took it in."""
        reading, noun = self.readings[side], getattr(lexicon(), slot)
        if reading is None:
            return False
        held = (its for fact in reading.facts for its in fact.slots.get(slot, ()))
        if any(name in noun.entries[its].above for its in held):
            return False  # "approximate location" took in what the words "location" stand for
        return self.says(fact.quote(slot, name), side)

    def does(self, fact: Fact, side: int) -> bool:
        """Say whether a side names what a statement of the other does, with all its items, and states nothing of it."""
        reading = self.readings[side]
        if reading is None or any(its.act == fact.act for its in reading.facts):
            return False
        tried = {grammar()["effort"].search(text.lower()) is not None for text in self.texts}
        if len(tried) > 1:
            return False  # to try a thing is less than to do it
        return self.says(fact.quote("act", fact.act), side) and all(
            name in self._named(slot, side) or self.says(fact.quote(slot, name), side)
            for slot in SLOTS
            for name in fact.slots[slot]
        )

    def _named(self, slot: str, side: int) -> Iterable[str]:
        noun: Noun = getattr(lexicon(), slot)
        return {item.name for item in noun.mentions(self.texts[side].lower())}
