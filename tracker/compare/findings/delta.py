"""Facts before against facts after: what one pair of clauses changed that the rest of the document does not say."""

import re
from collections import defaultdict
from dataclasses import replace

from tracker.compare.facts.facts import DEFINES, NEVER, Fact, Reading
from tracker.compare.facts.stance import Actor, Force, is_denied
from tracker.compare.facts.statements import stem
from tracker.compare.findings.amounts import amount_changes
from tracker.compare.findings.finding import Finding
from tracker.compare.findings.limits import time_changes
from tracker.compare.findings.matching import (
    alike,
    concerns_data,
    excepted,
    is_described,
    matched,
    merged,
    points_back,
    said_anew,
    states_alone,
)
from tracker.compare.findings.polarity import (
    bounded_alike,
    bounded_otherwise,
    denied_alike,
    exceptions,
    states_condition,
)
from tracker.compare.findings.telling import KINDS_OF_SLOT, flipped, gate_of, made, name_of, topics_in, weight_of
from tracker.compare.findings.terms import term_changes
from tracker.compare.findings.turns import differences, unexplained
from tracker.compare.findings.versions import Versions
from tracker.compare.findings.whole import whole_of
from tracker.compare.model import Document
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicon import Entry, Noun, lexicon
from tracker.words import Direction, Topic

_WEAKER, _STRONGER = Direction.WEAKER, Direction.STRONGER
_WORD = re.compile(r"[a-z]{3,}")
_FIRM = {Force.MUST: 3, Force.DOES: 3, Force.MAY: 1, Force.TRIES: 2}


class Delta:
    """Compares pairs of one comparison, each in the light of both whole documents."""

    def __init__(self, before: Document, after: Document) -> None:
        self._sides = (whole_of(before), whole_of(after))
        self._words = lexicon()

    def findings(self, old: Reading | None, new: Reading | None, before: str, after: str) -> tuple[Finding, ...]:
        """Return what changed between two readings of one pair; None is a side that has no clause."""
        found: list[Finding] = []
        versions = Versions((old, new), (before, after))
        olds, news = (merged(side.facts) if side else [] for side in (old, new))
        groups: dict[str, tuple[list[Fact], list[Fact]]] = defaultdict(lambda: ([], []))
        for side, facts in ((0, olds), (1, news)):
            for fact in facts:
                groups[fact.act][side].append(fact)
        for left, right in groups.values():
            pairs, gone, come = matched(
                [fact for fact in left if fact not in right], [fact for fact in right if fact not in left]
            )
            for one, other in pairs:
                found += self._changed(one, other, versions)
            for facts, side in ((gone, 0), (come, 1)):
                for fact in facts:
                    if not (self._is_named(fact, (after, before)[side]) or versions.does(fact, 1 - side)):
                        found += self._lone(fact, side, versions)
        if any(finding.kind == "consent_strengthened" for finding in found):
            # Who has to be asked is told as well.
            found = [finding for finding in found if finding.kind != "assurance_removed"]
        if any(finding.kind == "consent_weakened" for finding in found):
            found = [finding for finding in found if finding.kind != "assurance_added"]
        found += term_changes(self._sides, versions)
        if old and new:
            turned = any(finding.kind in _TURNS for finding in found)
            # What was ruled out and now is given for a time was not limited: it is given.
            found += [
                change
                for change in time_changes(old.periods, new.periods, before, after)
                if not (turned and change.kind in _LIMITS)
            ]
            found += amount_changes(before, after)
            found += unexplained(differences(before, after), found)
        return tuple(dict.fromkeys(found))

    def is_restated(self, old: Reading | None, new: Reading | None) -> bool:
        """Say whether everything either side of a pair states is stated somewhere in the other document."""
        return states_alone(old, new) and all(
            other.covers(fact)
            for reading, other in ((old, self._sides[1]), (new, self._sides[0]))
            if reading
            for fact in reading.facts
        )

    def _entry(self, fact: Fact) -> Entry | None:
        return self._words.acts.entries.get(fact.act)

    def _changed(self, old: Fact, new: Fact, versions: Versions) -> list[Finding]:
        if old.act.startswith(DEFINES):
            return []  # read by `definitions`
        entry = self._entry(old)
        assert entry is not None
        if old.actor is Actor.USER and new.actor is Actor.USER:
            return self._of_user(old, new, entry)
        if Actor.USER in {old.actor, new.actor} or entry.side in {"right", "burden"}:
            return []
        if entry.side == "protection":
            return self._duty(old, new, entry)
        return self._permission(old, new, entry, versions)

    def _is_turned(self, old: Fact, new: Fact) -> bool:
        """Say whether a denial surely came or went, rather than moved to another word."""
        verbs = (stem(fact.quote("act", fact.act).lower().split()[0]) for fact in (old, new))
        return not (bounded_alike(old.sentence, new.sentence) or denied_alike(old.sentence, new.sentence, *verbs))

    def _permission(self, old: Fact, new: Fact, entry: Entry, versions: Versions) -> list[Finding]:
        if entry.name in _OF_GOODS and not (concerns_data(old) or concerns_data(new)):
            return []
        found = []
        weight = weight_of(new) if new.exposure else weight_of(old)
        if old.exposure != new.exposure:
            worse = new.exposure > old.exposure
            way = _WEAKER if worse else _STRONGER
            if not self._sides[0 if worse else 1].says(new if worse else old):
                if NEVER in {old.exposure, new.exposure}:
                    if not self._is_turned(old, new):
                        return []
                    return [flipped(way, entry, old, new)]
                kind = "consent_weakened" if worse else "consent_strengthened"
                was, now = gate_of(old), gate_of(new)
                extra = (Topic.CHOICE_CONSENT, *topics_in(new, "purposes", "recipients"))
                found.append(made(kind, way, entry, old, new, extra, weight, was=was, now=now))
            return found
        denied = new.exposure == NEVER
        found += self._exceptions(old, new, entry, denied=denied)
        # Sentences that say little in common differ in their items whatever changed.
        if alike(old, new) and not any(finding.kind.startswith("exception") for finding in found):
            for slot in KINDS_OF_SLOT:
                found += self._items(old, new, entry, slot, versions, denied=denied)
        if not denied:
            found += self._safeguards(old, new, entry)
            bounded = bounded_otherwise(old.sentence, new.sentence)
            if old.exclusive != new.exclusive and alike(old, new) and not bounded:
                kind, way = ("limit_dropped", _WEAKER) if old.exclusive else ("limit_added", _STRONGER)
                found.append(made(kind, way, entry, old, new))
            if abs(old.breadth - new.breadth) > 1 and alike(old, new):
                kind, way = ("scope_widened", _WEAKER) if new.breadth > 0 else ("scope_narrowed", _STRONGER)
                found.append(made(kind, way, entry, old, new))
        return found

    def _exceptions(self, old: Fact, new: Fact, entry: Entry, *, denied: bool) -> list[Finding]:
        if bool(old.exceptions) == bool(new.exceptions):
            if not old.exceptions:
                return []
            return self._nested(old, new, entry, denied=denied) or self._reached(old, new, entry, denied=denied)
        added = bool(new.exceptions)
        words = (new if added else old).exceptions[0]
        if set(_WORD.findall(words)) <= set(_WORD.findall((old if added else new).sentence.lower())):
            return []
        here, there = (fact.sentence for fact in ((new, old) if added else (old, new)))
        if exceptions(here) <= exceptions(there) or bounded_alike(here, there):
            return []
        way = _WEAKER if added == denied else _STRONGER
        if is_described(old.sentence.lower(), new.sentence.lower()):
            way = _WEAKER if added else _STRONGER
        extra = topics_in(new if added else old, *KINDS_OF_SLOT)
        return [
            made(
                "exception_added" if added else "exception_removed",
                way,
                entry,
                old,
                new,
                extra,
                was=words,
                now=words,
            )
        ]

    def _nested(self, old: Fact, new: Fact, entry: Entry, *, denied: bool) -> list[Finding]:
        """Return that an exception got or lost an exception of its own: "except with couriers, unless abroad"."""
        added = len(new.exceptions[0]) > len(old.exceptions[0])
        longer, shorter = (fact.exceptions[0] for fact in ((new, old) if added else (old, new)))
        inner = longer.removeprefix(shorter).lstrip(" ,")
        if inner == longer or not grammar()["exception"].match(inner):
            return []
        kind = "exception_added" if added else "exception_removed"
        way = _STRONGER if added == denied else _WEAKER
        return [made(kind, way, entry, old, new, was=inner, now=inner)]

    def _reached(self, old: Fact, new: Fact, entry: Entry, *, denied: bool) -> list[Finding]:
        """Return that an exception takes in more or less than it did: "except with couriers (and advertisers)"."""
        if not alike(old, new):
            return []
        found = []
        for slot in KINDS_OF_SLOT:
            noun: Noun = getattr(self._words, slot)
            was, now = (excepted(fact, noun, slot) for fact in (old, new))
            come, gone = (sorted(here - there) for here, there in ((now, was), (was, now)))
            if bool(come) == bool(gone):
                continue
            kind = "exception_widened" if come else "exception_narrowed"
            way = _WEAKER if bool(come) == denied else _STRONGER
            extra = tuple(topic for name in come or gone for topic in noun.entries[name].topics)
            found.append(made(kind, way, entry, old, new, extra, items=noun.title(come or gone)))
        return found

    def _items(
        self, old: Fact, new: Fact, entry: Entry, slot: str, versions: Versions, *, denied: bool
    ) -> list[Finding]:
        noun: Noun = getattr(self._words, slot)
        found = []
        if slot == "data_types" and denied and (narrowed := self._denial_of_all(old, new, entry)) is not None:
            return narrowed
        for side, (here, there) in enumerate(((old, new), (new, old))):
            if slot == "data_types" and points_back(there):
                continue
            names = [
                name
                for name in sorted(here.slots[slot] - there.slots[slot])
                if not noun.covers(there.slots[slot], name)
                and not versions.names(here, slot, name, 1 - side)
                and not self._sides[1 - side].holds_item(here, slot, name)
            ]
            if not names:
                continue
            added = side == 1
            way = _WEAKER if added != denied else _STRONGER
            if slot == "purposes" and not (added or denied or there.slots[slot]):
                way = Direction.NEUTRAL  # without any purpose named it is bound to none
            weight = max(noun.entries[name].weight for name in names)
            if slot != "purposes" and not denied and weight < _GRAVE and said_anew(here, there):
                way = Direction.NEUTRAL  # other words may hold what is named no more
            extra = tuple(topic for name in names for topic in noun.entries[name].topics)
            finding = made(
                f"{KINDS_OF_SLOT[slot]}_{'added' if added else 'removed'}",
                way,
                entry,
                old,
                new,
                extra,
                weight,
                items=", ".join(f"{noun.entries[name].title} (“{here.quote(slot, name)}”)" for name in names),
            )
            # The items are named of what stood there without them.
            found.append(replace(finding, what=name_of(entry, there)))
        return found

    def _denial_of_all(self, old: Fact, new: Fact, entry: Entry) -> list[Finding] | None:
        """Return what a denial lost or gained that named all data on one side, some kinds of it on the other.

        None where it does not: then its kinds are compared one by one.
        """
        everything = [grammar()["all_data"].search(fact.sentence.lower()) is not None for fact in (old, new)]
        some = [bool(fact.slots["data_types"]) for fact in (old, new)]
        if everything == [True, True]:
            return [] if some[0] != some[1] else None
        if not (everything[0] and not some[0] and some[1]) and not (everything[1] and not some[1] and some[0]):
            return None
        kind, way = ("denial_narrowed", _WEAKER) if everything[0] else ("denial_widened", _STRONGER)
        named = new if everything[0] else old
        items = self._words.data_types.title(named.slots["data_types"])
        extra = topics_in(named, *KINDS_OF_SLOT)
        return [replace(made(kind, way, entry, old, new, extra, items=items), what=entry.title)]

    def _safeguards(self, old: Fact, new: Fact, entry: Entry) -> list[Finding]:
        noun = self._words.safeguards
        found = []
        for side, (here, there) in enumerate(((old, new), (new, old))):
            names = [
                name
                for name in sorted(here.slots["safeguards"] - there.slots["safeguards"])
                if not any(name in noun.entries[its].above for its in there.slots["safeguards"])
                and not self._sides[1 - side].speaks_of(noun.entries[name])
            ]
            if names:
                kind, way = ("safeguard_added", _STRONGER) if side else ("safeguard_removed", _WEAKER)
                extra = tuple(topic for name in names for topic in noun.entries[name].topics)
                found.append(made(kind, way, entry, old, new, extra, items=noun.title(names)))
        return found

    def _duty(self, old: Fact, new: Fact, entry: Entry) -> list[Finding]:
        if old.denied != new.denied:
            if not self._is_turned(old, new):
                return []
            return [flipped(_WEAKER if new.denied else _STRONGER, entry, old, new)]
        if old.denied or not alike(old, new):
            return []
        before, after = _FIRM[old.force], _FIRM[new.force]
        if before != after:
            kind, way = ("duty_weakened", _WEAKER) if after < before else ("duty_strengthened", _STRONGER)
            stances = (fact.quote("stance", fact.act) for fact in (old, new))
            return [made(kind, way, entry, old, new, was=next(stances), now=next(stances))]
        found = self._exceptions(old, new, entry, denied=True)
        had, has = (fact.conditions + fact.hedges for fact in (old, new))
        if bool(had) != bool(has) and not found:
            words = (has or had)[0]
            said, other = (set(_WORD.findall(text.lower())) for text in (words, (old if has else new).sentence))
            apart = set(_WORD.findall((new if has else old).sentence.lower())) ^ other
            here, there = ((fact.sentence.lower()) for fact in ((new, old) if has else (old, new)))
            if not said <= other and states_condition(words, here, there) and len(apart - said) <= _BARELY:
                kind, way = ("condition_added", _WEAKER) if has else ("condition_removed", _STRONGER)
                found.append(made(kind, way, entry, old, new, was=words, now=words))
        return found + self._safeguards(old, new, entry)

    def _of_user(self, old: Fact, new: Fact, entry: Entry) -> list[Finding]:
        if old.denied == new.denied or not alike(old, new) or not self._is_turned(old, new):
            return []
        # What a person may do with what is theirs or others' is a freedom, as a right is; a burden is none.
        way = _WEAKER if new.denied == (entry.side != "burden") else _STRONGER
        return [flipped(way, entry, old, new)]

    def _is_named(self, fact: Fact, text: str) -> bool:
        """Say whether a text names the act and data of a statement that no verb says: "storage of your name"."""
        entry, lowered = self._entry(fact), text.lower()
        if entry is None or not fact.slots["data_types"] or not any(cue.search(lowered) for cue in entry.cues):
            return False
        return fact.slots["data_types"] <= {item.name for item in self._words.data_types.mentions(lowered)}

    def _lone(self, fact: Fact, side: int, versions: Versions) -> list[Finding]:
        """Return what a statement means that only one side of the pair makes."""
        entry = self._entry(fact)
        if entry is None or fact.actor is Actor.USER or entry.side in {"right", "burden"}:
            return []
        other = self._sides[1 - side]
        added = side == 1
        sides: tuple[Fact | None, Fact | None] = (None, fact) if added else (fact, None)
        if entry.side == "protection" and (fact.denied or fact.force is Force.MAY):
            return []
        if not (any(fact.slots.values()) or grammar()["data"].search(fact.sentence.lower())) or other.says(fact):
            return []
        if entry.side == "protection" or fact.denied:
            if any(their.denied == fact.denied for their in other.about(fact.act)):
                return []
            family = "promise" if fact.denied else "assurance"
            kind, way = (f"{family}_added", _STRONGER) if added else (f"{family}_removed", _WEAKER)
            if grammar()["hedged_sense"].search(fact.sentence.lower()):
                way = Direction.NEUTRAL  # what is ruled out in one sense is admitted in others
            if any(their.denied for act in _WIDER.get(entry.name, ()) for their in other.about(act)):
                way = Direction.NEUTRAL  # who promises not to share data promises not to sell it as well
            return [made(kind, way, entry, *sides)]
        if NEVER < fact.exposure <= _PROCESS and is_denied(fact.quote("stance", fact.act)):
            # "We never share it without your consent": no less a promise for its exception.
            family = "promise" if entry.name in _TELLING and not other.speaks_about(fact.act) else "assurance"
            kind, way = (f"{family}_added", _STRONGER) if added else (f"{family}_removed", _WEAKER)
            return [made(kind, way, entry, *sides, topics_in(fact, *KINDS_OF_SLOT))]
        # What was only ever ruled out is told for the first time by whoever does it, though the denial stays beside it.
        ruled_out = [their.exposure == NEVER for their in other.about(fact.act)]
        if entry.name in _TELLING and (all(ruled_out) if ruled_out else not other.speaks_about(fact.act)):
            kind, way = ("practice_added", _WEAKER) if added else ("practice_removed", _STRONGER)
            if fact.exposure <= _ASKED or fact.exclusive or fact.slots["safeguards"]:
                way = Direction.NEUTRAL  # done only where one was asked, it protects as much as it exposes
            return [made(kind, way, entry, *sides, topics_in(fact, *KINDS_OF_SLOT), weight_of(fact))]
        nothing = replace(fact, slots={slot: frozenset() for slot in fact.slots}, sentence="")
        old, new = (nothing, fact) if added else (fact, nothing)
        found = [item for slot in KINDS_OF_SLOT for item in self._items(old, new, entry, slot, versions, denied=False)]
        # A clause of its own may only tell more of what was always done; new kinds of data and who gets them weigh,
        # unless the clause tells how they are limited or guarded.
        guarded = fact.exclusive or bool(fact.slots["safeguards"])
        return [
            item
            if (item.kind.startswith(("recipient", "data_type")) and not guarded) or item.weight >= _GRAVE
            else replace(item, direction=Direction.NEUTRAL)
            for item in found
        ]


#: acts that are done to goods, tickets and contracts as well as to data
_OF_GOODS = frozenset({"sell", "share", "transfer"})
_TURNS = frozenset({"negation_flip", "consent_weakened", "consent_strengthened"})
_LIMITS = frozenset({"limit_set", "limit_lost"})
_ASKED = 1  #: exposure of what is done with consent alone
_PROCESS = 2  #: exposure of what is done where the law requires it alone
_BARELY = 4  #: words two sentences may differ in besides a condition that came or went
#: Acts that take in another: what is promised of them is promised of it.
_WIDER = {"sell": ("share", "transfer")}
_GRAVE = 2  #: weight of things that are never told in passing: biometric data, health, messages
_TELLING = frozenset({"sell", "train", "track", "transfer", "share"})  #: acts whose first mention matters by itself
