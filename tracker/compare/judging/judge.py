"""What each aligned pair means: facts first; the learned scorer for what no rule can read.

A finding makes a pair material whatever the scorer says. Only where both sides read as the same facts, and nothing that
the lexicon does not know differs, is the scorer's doubt set aside.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

from tracker.compare.alignment.aliases import Aliases
from tracker.compare.alignment.moves import Moves, is_turned
from tracker.compare.facts.facts import UNRESTRICTED, Reading, read, spoken
from tracker.compare.facts.stance import without_idioms
from tracker.compare.findings.bases import basis_changes
from tracker.compare.findings.bounds import bound_turned
from tracker.compare.findings.channels import channel_changed
from tracker.compare.findings.definitions import Definitions
from tracker.compare.findings.delta import Delta
from tracker.compare.findings.exchanges import name_replaced
from tracker.compare.findings.finding import Finding
from tracker.compare.findings.legal_forms import same_but_for_legal_forms
from tracker.compare.findings.matching import same_facts, states_alone
from tracker.compare.findings.narrowed import narrowed
from tracker.compare.findings.onus import with_onus
from tracker.compare.findings.plain import barest, plain, same_plainly
from tracker.compare.findings.regions import scope_changes
from tracker.compare.findings.retold import Retold
from tracker.compare.findings.roles import bearer_changed, turned_round
from tracker.compare.findings.stipulations import alerting, exchanged, stipulated, weighed
from tracker.compare.findings.tables import Tables
from tracker.compare.findings.tellings import told, with_tellings
from tracker.compare.findings.transfers import with_mechanisms
from tracker.compare.findings.whole import whole_of
from tracker.compare.judging.answers import with_answers
from tracker.compare.judging.beside import set_beside
from tracker.compare.judging.harmless import by_nothing, cosmetic, minor
from tracker.compare.judging.inert import Inert, inert
from tracker.compare.judging.leaning import agreed, in_place
from tracker.compare.judging.severity import WORDING, Terms, severity_of, terms_of
from tracker.compare.judging.summaries import only_sums_up
from tracker.compare.learned.features import same_keys
from tracker.compare.learned.scorer import PairScore, explain, score_pairs
from tracker.compare.model import (
    BlockKind,
    Clause,
    Document,
    Judgement,
    Pair,
    Reason,
    ordered_topics,
    text_of,
)
from tracker.compare.text.pointers import same_but_for_pointers
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import ChangeKind, ClauseClass, Direction, Severity, Topic

_READ = frozenset({"en", "und"})  #: languages whose facts are read
#: findings that tell what came to or went from a list, where others do not say what kind of thing it is
_GENERAL = frozenset({"items_added", "items_removed"})
_PARTICULAR = ("group_", "places_", "law_", "definition_", "mechanism_")
#: how kinds of findings end that tell of what is new, and of what is gone
_CAME, _WENT = ("_added", "_gained"), ("_removed", "_lost", "_dropped")
#: What two versions of a clause are looked at for where no fact of theirs differs.
_LOOKS = (bearer_changed, turned_round, bound_turned, channel_changed)
_SURE = 0.8  #: probability from which a change that no fact explains weighs more
_SURE_WAY = 1.0  #: log-odds of a direction from which the scorer settles what rules leave open
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_TYPO = 1  #: letters (or neighbours exchanged) by which a word may differ from its slip
_TYPO_LEAST = 4  #: letters of a word that a slip can be told in
_MOST_TYPOS = 4
_COUNTERPART = 0.35  #: of its words that a removed clause shares with an added one on the same subject
_COUNTERPART_WORDS = 0.6  #: the same where they speak of no act in common
_MOST_ALONE = 150  #: clauses of either side among which counterparts are sought
_MOST_BARED = 30  #: of them that are held against each other in their barest form, which takes time
_TITLE = 12  #: words; a longer heading is a sentence set in large letters
_HEADING = "Only a heading is another: what stands under it is judged by itself."
_MANY, _KEPT = 20, 0.2  #: a text of so many clauses that keeps less than this share of them was replaced


@cached(1)
def neutral_words() -> frozenset[str]:
    """Return the words of `lexicon/neutral_words.toml`."""
    return frozenset(word for entry in active().table("neutral_words.toml").values() for word in entry["words"])


def _reading(clauses: Sequence[Clause], indices: Sequence[int]) -> Reading | None:
    """Return all that some clauses of one side say together; None where there is none."""
    if not indices:
        return None
    parts = [read(clauses[at].text, clauses[at].lead_in) for at in indices if clauses[at].kind is not BlockKind.HEADING]
    return Reading(
        tuple(fact for part in parts for fact in part.facts),
        {name: words for part in parts for name, words in part.phrases.items()},
        tuple(period for part in parts for period in part.periods),
    )


def _differing(before: str, after: str) -> set[str]:
    old, new = Counter(_WORD.findall(before)), Counter(_WORD.findall(after))
    return set((old - new) + (new - old))


def _is_slip(before: str, after: str) -> bool:
    """Say whether two keys differ by a few misspelt words, or by words run together, alone."""
    if before != after and before.replace(" ", "") == after.replace(" ", ""):
        return True
    old, new = before.split(), after.split()
    if len(old) != len(new):
        return False
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    return 0 < len(pairs) <= _MOST_TYPOS and all(
        a.isalpha()
        and b.isalpha()
        and min(len(a), len(b)) >= _TYPO_LEAST
        and a[0] == b[0]
        and a.removesuffix("s") != b.removesuffix("s")
        and OSA.distance(a, b) <= _TYPO
        for a, b in pairs
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of a pair, read; None where a side has no clause or a heading alone."""

    old: Reading | None
    new: Reading | None
    texts: tuple[str, str]
    keys: tuple[str, str]

    def only_read_words_differ(self) -> bool:
        """Say whether every word that differs is one the facts are read from, or one that carries no law."""
        differing = _differing(*self.keys)
        if not differing.isdisjoint(active().table("word_lists.toml")["denying"]) and not self._is_denial_read():
            return False
        telling = {word for word in differing - neutral_words() if not word.isdigit()}
        return not telling or telling <= frozenset().union(*map(spoken, self.texts))

    def _is_denial_read(self) -> bool:
        """Say whether a fact took a denial or condition in, or an idiom denies nothing."""
        facts = [fact for reading in (self.old, self.new) if reading for fact in reading.facts]
        return any(fact.exposure < UNRESTRICTED for fact in facts) or any(
            without_idioms(text.lower()) != text.lower() for text in self.texts
        )


def _says_the_same(sides: _Sides) -> bool:
    old, new = sides.old, sides.new
    if not old or not new or not old.facts or not new.facts:
        return False
    return same_facts(old, new) and sides.only_read_words_differ()


def _scored_reasons(score: PairScore, old: str, new: str) -> tuple[Reason, ...]:
    found = []
    for item in explain(score):
        went, came = ", ".join(item.before), ", ".join(item.after)
        parts = [f"drops “{went}”" if went else "", f"adds “{came}”" if came else ""]
        said = " and ".join(part for part in parts if part)
        found.append(Reason(f"words_{item.name}", f"The clause {said} ({item.title}).", went or old, came or new))
    if not found:
        found.append(Reason("wording", "The wording of the clause changed.", old, new))
    return tuple(found)


def _states_nothing(sides: _Sides, old: str, new: str) -> Inert | None:
    """Say why neither side states anything by itself; None where one may. Kind words count where they come or go."""
    both = ((old, sides.old), (new, sides.new))
    facts = any(reading.facts for _, reading in both if reading)
    found = {inert(side, alone=not (old and new), facts=facts) for side, _ in both if side}
    return found.pop() if len(found) == 1 else None


def _by_score(score: PairScore, old: str, new: str) -> Judgement:
    reasons = _scored_reasons(score, old, new)
    if score.cls is not ClauseClass.MATERIAL:
        return Judgement(score.cls, score.topics, score.direction, Severity.NONE, reasons)
    terms: Terms = ((WORDING, 2 if score.material >= _SURE else 1),)
    return Judgement(score.cls, score.topics, score.direction, severity_of(terms), reasons, terms)


def _by_findings(findings: Sequence[Finding], score: PairScore) -> Judgement:
    terms = terms_of(findings)
    way = Direction.overall(finding.direction for finding in findings)
    told = [topic for finding in findings for topic in finding.topics]
    # What a finding is about is known; that the scorer knows no better than "other" says nothing then.
    topics = ordered_topics([*told, *(topic for topic in score.topics if not told or topic is not Topic.OTHER)])
    leans = way is Direction.NEUTRAL and not any(finding.even for finding in findings)
    # Where rules tell both ways of one clause, the scorer, which reads all of it, tells which of them weighs more.
    leans = leans or (way is Direction.MIXED and abs(score.sway) >= _SURE_WAY)
    ranked = sorted(findings, key=lambda finding: -sum(value for _, value in terms_of([finding])))
    return Judgement(
        ClauseClass.MATERIAL,
        topics,
        score.direction if leans else way,
        max(severity_of(terms), Severity.LOW, key=lambda severity: severity.rank),
        tuple(finding.reason() for finding in ranked),
        terms,
        leans,
    )


def _way_told(before: str, after: str) -> Sequence[Finding]:
    """Return what tells which way two versions of a clause go that only the scorer takes for material."""
    found = exchanged(before, after)
    narrower = None if found else narrowed(before, after)
    return found if narrower is None else [narrower]


def _is_said_on(pair: Pair, finding: Finding) -> bool:
    """Say whether a finding of a clause and its counterpart is one of this half: what came is told of what came."""
    here, other = (finding.before, _CAME) if pair.before else (finding.after, _WENT)
    return not finding.kind.endswith(other) and (bool(here) or not (finding.before or finding.after))


def _words_in(document: Document, pair: Pair) -> set[str]:
    indices = pair.before or pair.after
    return set(_WORD.findall(text_of(document.clauses, indices).lower()))


class _Judge:
    """Judges the pairs of one comparison."""

    def __init__(self, before: Document, after: Document, pairs: Sequence[Pair]) -> None:
        self._before, self._after = before, after
        self._delta = Delta(before, after)
        self._tables = Tables(before, after)
        self._retold = Retold(before, after, pairs)
        self._definitions = Definitions(after)
        self._moves = Moves(before, after)
        self._counterparts = self._find_counterparts(pairs)
        kept = sum(1 for pair in pairs if pair.kind is None or pair.moved)
        size = max(len(before.clauses), len(after.clauses))
        #: one text in the place of another: what either lacks of the other says nothing about this policy
        self._replaced = size >= _MANY and kept < _KEPT * size

    @cached_property
    def _aliases(self) -> Aliases:
        """Return what the texts say of former names; most comparisons have no clause that asks."""
        return Aliases(self._before, self._after)

    def _find_counterparts(self, pairs: Sequence[Pair]) -> dict[Pair, Pair]:
        """Pair a removed clause with an added one that shares most of its words, or a third of them and an act."""
        gone = [pair for pair in pairs if pair.kind is ChangeKind.REMOVED][:_MOST_ALONE]
        come = [pair for pair in pairs if pair.kind is ChangeKind.ADDED][:_MOST_ALONE]
        news = [(_reading(self._after.clauses, new.after), _words_in(self._after, new)) for new in come if gone]
        in_words = barest if max(len(gone), len(come)) <= _MOST_BARED else plain
        said = [in_words(text_of(self._after.clauses, new.after)).words for new in come if gone]
        ranked = []
        for at, old in enumerate(gone if come else ()):
            left = _reading(self._before.clauses, old.before)
            if left is None:
                continue
            words, told = _words_in(self._before, old), in_words(text_of(self._before.clauses, old.before)).words
            acts = left.acts
            for to, (right, others) in enumerate(news):
                if right is None:
                    continue
                same = bool(told) and told == said[to]
                shared = 1.0 if same else len(words & others) / max(1, min(len(words), len(others)))
                if shared >= _COUNTERPART_WORDS or (shared >= _COUNTERPART and not acts.isdisjoint(right.acts)):
                    ranked.append((-shared, at, to))
        found: dict[Pair, Pair] = {}
        for _, at, to in sorted(ranked):
            if gone[at] not in found and come[to] not in found:
                found[gone[at]], found[come[to]] = come[to], gone[at]
        return found

    def judge(self, pair: Pair, score: PairScore) -> Judgement:
        """Return what one pair that is not identical means."""
        clauses = [self._before.clauses[at] for at in pair.before] + [self._after.clauses[at] for at in pair.after]
        old, new = text_of(self._before.clauses, pair.before), text_of(self._after.clauses, pair.after)
        if is_turned(self._before, self._after, pair):
            return self._turned(pair, score, old, new)
        if same_keys(self._before, self._after, pair) or any(clause.language not in _READ for clause in clauses):
            return _by_score(score, old, new)
        if all(clause.kind is BlockKind.HEADING and len(clause.text.split()) <= _TITLE for clause in clauses):
            if score.cls is not ClauseClass.MATERIAL:
                return _by_score(score, old, new)
            return cosmetic("heading", _HEADING, old, new)
        whole = self._read(self._with_counterpart(pair))
        if whole.old and whole.new and _is_slip(*whole.keys):
            return cosmetic("spelling", "A few letters of a word changed: a slip was mended.", old, new)
        if same_plainly(*whole.texts):
            return cosmetic("same_meaning", "Both sides state the same in other words.", old, new)
        if self._tables.is_same(pair):
            return cosmetic("same_cells", "The row holds the same cells under the same headers.", old, new)
        if self._retold.is_same(pair):
            return cosmetic("same_row", "What a row of a table says on one side, sentences say on the other.", old, new)
        if self._moves.only_moved(pair, old, new):
            return cosmetic("said_elsewhere", "The same words stand elsewhere in the other text.", old, new)
        if same_but_for_pointers(old, new):
            return minor("pointer", old, new)
        if old and new and self._aliases.are_same(old, new):
            return minor("entity_renamed", old, new)
        if same_but_for_legal_forms(old, new):
            return minor("legal_form", old, new)
        if (beside := set_beside(whole.texts, old, new)) is not None:
            return beside
        own = self._read(pair) if pair in self._counterparts else whole
        nothing = _states_nothing(own, old, new)
        if nothing is not None:
            return by_nothing(nothing, old, new)
        if self._only_sums_up(pair):
            return minor("summary", old, new)
        findings = self._findings(pair, whole, score)
        alone = "" if all(whole.texts) else new or old  # a clause that came or went without a counterpart
        if findings:
            return _by_findings(weighed(alone, findings, added=bool(new)) if alone else findings, score)
        if self._is_restated(whole) or (own is not whole and self._is_restated(own)):
            return cosmetic("restated", "What this says stands elsewhere in the other text too.", old, new)
        if _says_the_same(whole):
            return cosmetic("same_meaning", "Both sides state the same in other words.", old, new)
        if alone and self._stipulates(pair, alone, score):
            return _by_findings(weighed(alone, (), added=bool(new)), score)
        if score.cls is ClauseClass.MATERIAL and not alone and (found := _way_told(*whole.texts)):
            return _by_findings(found, score)
        return _by_score(score, old, new)

    def _only_sums_up(self, pair: Pair) -> bool:
        """Say whether a clause that came or went says in few words what stands beside it."""
        places = pair.after or pair.before
        if (pair.before and pair.after) or len(places) != 1:
            return False
        return only_sums_up((self._after if pair.after else self._before).clauses, places[0])

    def _turned(self, pair: Pair, score: PairScore, old: str, new: str) -> Judgement:
        findings = [one for one in self._all_findings(pair, self._read(pair)) if one.material(alone=False)]
        if findings:
            return _by_findings(findings, score)
        terms: Terms = (("under a denial", 2),)
        sentence = "The same words stand under a sentence that denies them on one side, not on the other."
        reason = Reason("lead_in_turned", sentence, old, new)
        return Judgement(ClauseClass.MATERIAL, score.topics, Direction.MIXED, severity_of(terms), (reason,), terms)

    def _read(self, pair: Pair) -> _Sides:
        sides = ((self._before, pair.before), (self._after, pair.after))
        old, new = (_reading(side.clauses, indices) for side, indices in sides)
        before, after = (text_of(side.clauses, indices) for side, indices in sides)
        was, now = (" ".join(side.clauses[at].key for at in indices) for side, indices in sides)
        return _Sides(old, new, (before, after), (was, now))

    def _with_counterpart(self, pair: Pair) -> Pair:
        other = self._counterparts.get(pair)
        if other is None:
            return pair
        return Pair(ChangeKind.CHANGED, pair.before or other.before, pair.after or other.after)

    def _all_findings(self, pair: Pair, sides: _Sides) -> tuple[Finding, ...]:
        """Return what a pair says otherwise; a row or named item is read by its cells alone."""
        found = self._tables.findings(pair)
        if found:
            return found
        found = self._delta.findings(sides.old, sides.new, *sides.texts)
        if not (sides.old and sides.new):
            found = self._with_tellings(found, pair)
        if sides.old and sides.new:
            found += tuple(scope_changes(*sides.texts, sides.old, sides.new))
            found += tuple(self._definitions.findings(*sides.texts))
            found = with_mechanisms(*sides.texts, found)
            found += tuple(basis_changes(*sides.texts))
            found = with_onus(*sides.texts, found)
            found = found or tuple(one for look in _LOOKS if (one := look(*sides.texts)) is not None)
            named = None if found else name_replaced(*sides.texts)
            found += (named,) if named is not None else ()
            if any(finding.kind.startswith(_PARTICULAR) for finding in found):
                found = tuple(finding for finding in found if finding.kind not in _GENERAL)
        return found

    def _with_tellings(self, found: Sequence[Finding], pair: Pair) -> tuple[Finding, ...]:
        """Return the findings of a clause that came or went, with what its sentences tell by themselves."""
        added = not pair.before
        here, there = (self._after, self._before) if added else (self._before, self._after)
        clauses = [here.clauses[at] for at in pair.after or pair.before]
        tellings = [one for clause in clauses for one in told(clause.text, clause.lead_in)]
        return with_tellings(found, tellings, whole_of(there).says_any, added=added)

    def _stipulates(self, pair: Pair, text: str, score: PairScore) -> bool:
        """Say whether what a clause that came or went stipulates tells what to make of it."""
        if score.cls is ClauseClass.MATERIAL:
            return bool(stipulated(text))
        there = self._after if pair.before else self._before
        return not self._replaced and alerting(text, whole_of(there).says_any)

    def _findings(self, pair: Pair, sides: _Sides, score: PairScore) -> list[Finding]:
        """Return the findings of a pair that count."""
        found = self._all_findings(pair, sides)
        if score.cls is ClauseClass.MATERIAL:
            return list(found)
        alone = not all(sides.texts)
        if alone and self._replaced:
            return []
        here = [finding for finding in found if pair not in self._counterparts or _is_said_on(pair, finding)]
        return [finding for finding in here if finding.material(alone=alone and not finding.has_both)]

    def _is_restated(self, sides: _Sides) -> bool:
        return (
            states_alone(sides.old, sides.new)
            and sides.only_read_words_differ()
            and self._delta.is_restated(sides.old, sides.new)
        )


def judge(before: Document, after: Document, pairs: Sequence[Pair]) -> tuple[Judgement, ...]:
    """Return one judgement for each pair that is not identical on both sides, in order."""
    one = _Judge(before, after, pairs)
    scores = score_pairs(before, after, pairs)
    judged = [None if score is None else one.judge(pair, score) for pair, score in zip(pairs, scores, strict=True)]
    answered = with_answers(before, after, pairs, judged)
    leant = agreed(in_place(pairs, answered), [score.sway if score else 0.0 for score in scores])
    return tuple(judgement for judgement in leant if judgement is not None)
