"""On which ground in law data is processed: one ground in the place of another."""

import re
from collections.abc import Collection, Mapping

from tracker.compare.facts.asides import without_former
from tracker.compare.findings.finding import Finding
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

CONSENT = "consent"
_ABOUT = "about"
_LONGEST = 4000  #: characters of a clause that are read
_WORD = re.compile(r"[a-z]{3,}")
_ALIKE = 0.5  #: of the shorter side's words that two versions of one clause share


@cached(1)
def _cues() -> Mapping[str, tuple[Cue, ...]]:
    data = active().table("legal_bases.toml")
    return {name: compile_cues(table["forms"]) for name, table in data.items()}


@cached(4096)
def bases_in(lowered: str) -> frozenset[str]:
    """Return the grounds in law that a lower-case text names, by entry of `lexicon/legal_bases.toml`."""
    cues = _cues()
    if not any_match(cues[_ABOUT], lowered):
        return frozenset()
    told = without_former(lowered)
    return frozenset(name for name, forms in cues.items() if name != _ABOUT and any_match(forms, told))


def basis_changes(before: str, after: str) -> list[Finding]:
    """Return that another ground took the place of one; who loses the ground of consent loses a choice."""
    old, new = (text[:_LONGEST].lower().replace("’", "'") for text in (before, after))
    was, now = bases_in(old), bases_in(new)
    gone, come = was - now, now - was
    words, others = set(_WORD.findall(old)), set(_WORD.findall(new))
    if not (gone and come) or len(words & others) < _ALIKE * min(len(words), len(others)):
        return []
    way = Direction.WEAKER if CONSENT in gone else Direction.STRONGER if CONSENT in come else Direction.NEUTRAL
    topics = (Topic.FIRST_PARTY_USE, *((Topic.CHOICE_CONSENT,) if CONSENT in gone | come else ()))
    items = f"“{_titles(gone)}” became “{_titles(come)}”"
    return [Finding("basis_replaced", way, "the ground in law", before, after, topics, items=items)]


def _titles(names: Collection[str]) -> str:
    table = active().table("legal_bases.toml")
    return ", ".join(str(table[name]["title"]) for name in sorted(names))
