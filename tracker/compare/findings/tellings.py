"""Sentences that tell by themselves which way they go: "We do not respond to Do Not Track", "Recipients are bound".

Facts know which data, recipients and purposes a clause names. Of one that has no counterpart they do not know whether
the naming is the point of it, or the limit, right or refusal that it is said for. Only clauses that came or went are
read so: between two versions of a sentence the difference tells.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.compare.facts.stance import blanked, is_denied, without_idioms
from tracker.compare.findings.finding import Finding, as_displayed
from tracker.compare.vocabulary.cues import Cue, CueIndex, any_match, compile_cues
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.compare.vocabulary.sentences import SENTENCE_END
from tracker.words import Direction, Topic

_LONGEST = 700  #: characters of a sentence that is read; longer ones are lists
_MOST = 40  #: sentences of one clause that are read
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
#: The name of a signal, not what is said of people: "We do not track visitors".
_SIGNAL = re.compile(
    r"\bdo[ -]not[ -]track\b(?! (?:you|your|our|the|any|anyone|users?|visitors?|customers?|people|individuals?)\b)"
    r"(?! (?:what|which|how|where)\b)"
)
#: What ends the reach of a "not" before a phrase.
_BREAK = re.compile(
    r"[;:()]|\b(?:if|unless|when|where|once|since|as)\b[^,]*,|, (?:we|you)\b"
    r"|\b(?:but|however|although|though|while|because|so that|and (?:we|you|they|it))\b"
)
#: What opens a condition: a phrase within it is not said to be so.
_CONDITION = re.compile(r"\b(?:if|unless|whether|until|once|except)\b[^,]*$")
#: Kinds of findings that fall where the sentence goes the other way.
_PASSING = ("promise_", "assurance_", "mention_")


@dataclass(frozen=True, slots=True)
class _Telling:
    """One thing that a sentence may tell; a way is None where the sentence then tells nothing."""

    name: str
    title: str
    affirmed: Direction | None
    denied: Direction | None
    topics: tuple[Topic, ...]
    cues: tuple[Cue, ...]
    unless: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence tells, and the words that say so."""

    entry: _Telling
    way: Direction
    words: str
    sentence: str


def _telling(name: str, table: Mapping[str, Any]) -> _Telling:
    affirmed, denied = (Direction(table[key]) if key in table else None for key in ("affirmed", "denied"))
    forms, unless = (compile_cues(table.get(key, ())) for key in ("forms", "unless"))
    return _Telling(name, table["title"], affirmed, denied, tuple(map(Topic, table["topics"])), forms, unless)


@cached(1)
def _tellings() -> tuple[CueIndex, tuple[_Telling, ...]]:
    """Return the cues of all entries as one index, and the entry of each cue."""
    entries = [_telling(name, table) for name, table in active().table("tellings.toml").items()]
    owners = [(entry, cue) for entry in entries for cue in entry.cues]
    return CueIndex(cue for _, cue in owners), tuple(entry for entry, _ in owners)


def _is_denied(lowered: str, start: int, end: int) -> bool | None:
    """Say whether the phrase at a place is denied; None where it stands within a condition and is not said at all."""
    if _CONDITION.search(lowered, 0, start):
        return None
    opening = max((match.end() for match in _BREAK.finditer(lowered, 0, start)), default=0)
    chain, words = lowered[opening:start], grammar()
    inner = len(words["negation"].findall(lowered[start:end]))
    denied = (is_denied(chain) + inner) % 2 == 1
    plain = words["negation"].search(lowered, opening, end) is None
    return denied or (plain and words["lacking"].search(chain) is not None)


def _told_in(sentence: str, least: int) -> Iterator[Told]:
    """Yield what a sentence tells by words that end behind its first `least` characters."""
    lowered = blanked(_ADDRESS, sentence.lower().replace("’", "'"))
    bare = without_idioms(blanked(_SIGNAL, lowered))
    index, owners = _tellings()
    seen: set[str] = set()
    for at in index.near(lowered):
        entry = owners[at]
        match = None if entry.name in seen else index.cues[at].search(lowered)
        if match is None or match.end() <= least or any_match(entry.unless, lowered):
            continue
        denied = _is_denied(bare, *match.span())
        way = None if denied is None else entry.denied if denied else entry.affirmed
        if way is not None:
            seen.add(entry.name)
            yield Told(entry, way, match.group(), sentence)


@cached(4096)
def told(text: str, lead_in: str = "") -> tuple[Told, ...]:
    """Return what the sentences of a clause tell; `lead_in` opens its list. English only."""
    found: list[Told] = []
    for at, sentence in enumerate(SENTENCE_END.split(" ".join(text.split()), maxsplit=_MOST)[:_MOST]):
        opening = f"{lead_in.rstrip(': ')} " if lead_in and not at else ""
        if len(opening) + len(sentence) <= _LONGEST and not sentence.endswith("?"):
            found += _told_in(opening + sentence, len(opening))
    return tuple(found)


def _finding(one: Told, *, added: bool) -> Finding:
    words = as_displayed(one.words, one.sentence)
    return Finding(
        f"telling_{'added' if added else 'removed'}",
        one.way if added else one.way.opposite,
        one.entry.title,
        "" if added else one.sentence,
        one.sentence if added else "",
        one.entry.topics,
        items=f"“{words}”",
    )


def _same_sentence(quote: str, sentence: str) -> bool:
    quote, sentence = (" ".join(_ADDRESS.sub(" ", said).split()) for said in (quote, sentence))
    return bool(quote) and (quote in sentence or sentence in quote)


def with_tellings(
    found: Sequence[Finding], here: Sequence[Told], says: Callable[[tuple[Cue, ...]], bool], *, added: bool
) -> tuple[Finding, ...]:
    """Return findings of a clause that came or went, with what its sentences tell by themselves.

    `says` tells whether the other text says something in one of some phrases. A finding of the same sentence that goes
    another way is neutral beside it: that data is named, or to whom it goes, is what the sentence limits.
    """
    new = [one for one in here if not says(one.entry.cues)]
    if not new:
        return tuple(found)
    kept: list[Finding] = []
    for finding in found:
        quote = finding.after if added else finding.before
        ways = {one.way if added else one.way.opposite for one in new if _same_sentence(quote, one.sentence)}
        if len(ways) != 1 or finding.direction in ways:
            kept.append(finding)
        elif finding.kind.startswith("term_"):
            kept.append(replace(finding, direction=ways.pop()) if finding.direction is Direction.NEUTRAL else finding)
        elif not finding.kind.startswith(_PASSING):
            kept.append(replace(finding, direction=Direction.NEUTRAL))
    return (*kept, *dict.fromkeys(_finding(one, added=added) for one in new))
