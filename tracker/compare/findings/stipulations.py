"""What a sentence of terms stipulates: whose burden, right or risk it is, whoever's terms it stands in.

Facts read what is done with data, legal phrases tell which devices of law a text holds at all. Neither tells which way
"You may close your account" or "We do not promise that it works" goes. The rules stand in
`lexicon/stipulations.toml`; they are asked of clauses that stand on one side only. Those of `alerts`
deserve an alert by themselves where the other text stipulates nothing of the kind.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tracker.compare.findings.finding import Finding, as_displayed, kinds
from tracker.compare.text.canonical import contractions, unicode_forms, white_space
from tracker.compare.vocabulary.cues import Cue, CueIndex, any_match, compile_cues
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[a-zA-Z\"“(])")
_LONGEST = 4000  #: characters of a clause that are read
_MENTION, _TERM = "mention", "term"  #: kinds of findings: the second alerts by itself


@dataclass(frozen=True, slots=True)
class _Rule:
    """One entry of the lexicon file."""

    name: str
    title: str
    direction: Direction
    topics: tuple[Topic, ...]
    alerts: bool  #: by itself
    cues: tuple[Cue, ...]
    also: tuple[Cue, ...]
    unless: tuple[Cue, ...]
    over: frozenset[str]  #: other rules, legal phrases and families of findings that misread such a sentence


@dataclass(frozen=True, slots=True)
class Stipulation:
    """One rule that a text holds, with the words that say so."""

    rule: _Rule
    words: str


@dataclass(frozen=True, slots=True)
class _Rules:
    named: tuple[_Rule, ...]  #: the rule of each cue of the index
    index: CueIndex


@cached(1)
def _rules() -> _Rules:
    named: list[_Rule] = []
    cues: list[Cue] = []
    for name, table in active().table("stipulations.toml").items():
        told = compile_cues(table["forms"])
        rule = _Rule(
            name,
            table["title"],
            Direction(table["direction"]),
            tuple(map(Topic, table["topics"])),
            table.get("alerts", False),
            told,
            compile_cues(table.get("also", ())),
            compile_cues(table.get("unless", ())),
            frozenset(table.get("over", ())),
        )
        named += [rule] * len(told)
        cues += told
    return _Rules(tuple(named), CueIndex(cues))


def _in_sentence(lowered: str) -> dict[str, Stipulation]:
    rules = _rules()
    found: dict[str, Stipulation] = {}
    for at in rules.index.near(lowered):
        rule = rules.named[at]
        if rule.name in found:
            continue
        match = rules.index.cues[at].search(lowered)
        if match is None or any_match(rule.unless, lowered) or (rule.also and not any_match(rule.also, lowered)):
            continue
        found[rule.name] = Stipulation(rule, match.group())
    return found


@cached(4096)
def stipulated(text: str) -> tuple[Stipulation, ...]:
    """Return what a text stipulates, each rule once, those left out that another one explains. English only; cached."""
    plain = white_space(unicode_forms(text[:_LONGEST]))
    found: dict[str, Stipulation] = {}
    for sentence in _SENTENCE.split(plain):
        told = _in_sentence(contractions(sentence.lower()))
        explained = frozenset().union(*(one.rule.over for one in told.values()))
        for name, one in told.items():
            if name not in explained:
                found.setdefault(name, one)
    return tuple(found[name] for name in sorted(found))


def _finding(one: Stipulation, family: str, text: str, *, added: bool) -> Finding:
    rule, words = one.rule, as_displayed(one.words, text)
    return Finding(
        f"{family}_{'added' if added else 'removed'}",
        rule.direction if added else rule.direction.opposite,
        rule.title,
        "" if added else text,
        text if added else "",
        rule.topics,
        items=f"{rule.title} (“{words}”)",
    )


def _is_explained(finding: Finding, over: frozenset[str]) -> bool:
    """Say whether a finding misreads a sentence that some rules hold: its family or its legal phrase is named."""
    if finding.kind.rsplit("_", 1)[0] in over:
        return True
    phrases = lexicon().legal_phrases.entries
    return finding.kind.startswith((_MENTION, _TERM)) and any(
        name in phrases and phrases[name].title == finding.what for name in over
    )


def alerting(text: str, says: Callable[[tuple[Cue, ...]], bool]) -> bool:
    """Say whether a clause that came or went stipulates what alerts by itself.

    `says` tells whether the other text says something in one of some phrases.
    """
    return any(one.rule.alerts and not says(one.rule.cues) for one in stipulated(text))


def weighed(text: str, found: Sequence[Finding], *, added: bool) -> list[Finding]:
    """Return the findings of a clause that came or went alone, in the light of what it stipulates."""
    told = stipulated(text)
    over = frozenset().union(*(one.rule.over for one in told))
    kept = [finding for finding in found if not _is_explained(finding, over)]
    # What is set aside alerted, or did not: what takes its place does so too.
    alerted = any(kinds()[finding.kind].alone for finding in found if finding not in kept)
    said = {finding.what for finding in kept}  # a legal phrase of the same title tells it already
    new = [(one, _TERM if alerted or one.rule.alerts else _MENTION) for one in told if one.rule.title not in said]
    return [*kept, *(_finding(one, family, text, added=added) for one, family in new)]


def exchanged(before: str, after: str) -> list[Finding]:
    """Return what one version of a clause says of how disputes are settled and the other does not, if all one way.

    Of other matters two versions tell more by what differs in them than by what either holds.
    """
    old, new = (
        {one.rule.name: one for one in stipulated(text) if Topic.DISPUTE_RESOLUTION in one.rule.topics}
        for text in (before, after)
    )
    found = [_finding(one, _MENTION, before, added=False) for name, one in old.items() if name not in new]
    found += [_finding(one, _MENTION, after, added=True) for name, one in new.items() if name not in old]
    return found if len({finding.direction for finding in found}) == 1 else []
