"""Classes of telling words: a duty, a recipient, an opt-out ...; which of them came and went is what a scorer reads."""

import math
import re
from dataclasses import dataclass

from tracker.compare.vocabulary.cues import Cue, CueGroups, compile_cues
from tracker.compare.vocabulary.lexicons import active, cached

_NONE: frozenset[str] = frozenset()  #: one for all: an empty set of its own takes 200 bytes
_IN_MAY = re.compile(r"\bmay(?= \d)|(?<=\d )may\b|(?<=\d[a-z]{2} )may\b")  #: the month, no permission


@dataclass(frozen=True, slots=True)
class CueClass:
    """A class of telling words."""

    name: str
    title: str  #: what a reason calls it
    cues: tuple[Cue, ...]


@cached(1)
def cue_classes() -> tuple[CueClass, ...]:
    """Return the classes of `lexicon/change_cues.toml`."""
    return tuple(
        CueClass(name, entry["name"], compile_cues(entry["cues"]))
        for name, entry in active().table("change_cues.toml").items()
    )


@cached(1)
def _cue_groups() -> CueGroups:
    return CueGroups(group.cues for group in cue_classes())


@cached(8192)
def cues_in(text: str) -> tuple[frozenset[str], ...]:
    """Return the words of a text that each class of cues found, in the order of the classes."""
    lowered = _IN_MAY.sub(" ", text.lower().replace("’", "'"))
    found = _cue_groups().matches(lowered)
    return tuple(frozenset(found[number]) if number in found else _NONE for number in range(len(cue_classes())))


def classes_in(text: str) -> set[str]:
    """Return the names of the classes of telling words that a text holds."""
    return {group.name for group, found in zip(cue_classes(), cues_in(text), strict=True) if found}


def add_cues(
    before: str, after: str, lead_in: str, section: str, level: dict[str, float], swing: dict[str, float]
) -> None:
    """Tell which classes of telling words came, went, stand there and stand around."""
    around = cues_in(f"{section}. {lead_in}")
    for group, went, came, near in zip(cue_classes(), cues_in(before), cues_in(after), around, strict=True):
        if went != came:
            gone, new = len(went - came), len(came - went)
            level[f"{group.name} differs"] = math.log1p(gone + new)
            if new != gone:
                swing[group.name] = math.copysign(math.log1p(abs(new - gone)), new - gone)
        if went or came:
            level[group.name] = math.log1p(max(len(went), len(came)))
        if near:
            level[f"{group.name} around"] = 1.0


def cue_evidence(before: str, after: str) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return by class of telling words those that went and those that came."""
    found = {}
    for group, went, came in zip(cue_classes(), cues_in(before), cues_in(after), strict=True):
        if went != came:
            found[group.name] = (tuple(sorted(went - came)), tuple(sorted(came - went)))
    return found
