"""Which words mean the same in policies, and what kind of thing they mean (`lexicon/thesaurus.toml`).

"Gather" and "obtain" have the sense `collect` of the kind `act_collect`; what was learned of one word of a kind holds
for the others, and a word in the place of another of its sense changes nothing by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.stems import stem

_SILENT = ("filler_", "value_", "doc_structure", "doc_link")  #: kinds of words that state nothing by themselves
_NONE: frozenset["Sense"] = frozenset()


class Sense(NamedTuple):
    """One meaning of a word."""

    kind: str  #: of thing, such as "act_collect" or "data_location"
    name: str  #: of the meaning within its kind

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def tells(self) -> bool:
        """Say whether such a word may state something."""
        return not self.kind.startswith(_SILENT)


@cached(1)
def thesaurus() -> Mapping[str, frozenset[Sense]]:
    """Return the senses of each stem; most have one, some two."""
    found: dict[str, set[Sense]] = defaultdict(set)
    for kind, senses in active().table("thesaurus.toml").items():
        for name, words in senses.items():
            for word in words:
                found[stem(word)].add(Sense(kind, name))
    return {name: frozenset(senses) for name, senses in found.items()}


def senses_of(stems: Iterable[str]) -> set[Sense]:
    """Return all senses that some stems may have."""
    known = thesaurus()
    return {sense for name in stems for sense in known.get(name, _NONE)}


def without_like(stems: Iterable[str], others: set[Sense]) -> tuple[set[Sense], int]:
    """Return the senses of those stems that share none with others, and how many of these stems have no known sense."""
    known = thesaurus()
    left: set[Sense] = set()
    strange = 0
    for name in stems:
        senses = known.get(name, _NONE)
        strange += not senses
        if senses.isdisjoint(others):
            left |= senses
    return left, strange
