"""How a verdict came about: for each clause change the facts of both sides, the rules, the severity and the scorer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracker.compare.comparison import Text, document_of, lined_up
from tracker.compare.facts.facts import DEFINES, NEVER, Fact, read
from tracker.compare.facts.periods import Period
from tracker.compare.facts.stance import Actor, Force
from tracker.compare.judging.reach import within_reach
from tracker.compare.learned.scorer import Evidence, PairScore, score_pairs
from tracker.compare.model import BlockKind, Clause, ClauseChange, Verdict
from tracker.compare.redline import Op, redline
from tracker.compare.vocabulary.lexicon import Lexicon, Noun, lexicon
from tracker.words import ClauseClass, Direction, Severity, Topic

_ACTORS = {Actor.COMPANY: "the organisation", Actor.USER: "the person", Actor.RECIPIENT: "who receives data"}
_FORCES = {Force.MUST: "will or must", Force.DOES: "does", Force.MAY: "may", Force.TRIES: "tries to"}
_BREADTH = {-1: "some", 1: "all"}
_NOUNS = {"data_types": "data", "recipients": "recipients", "purposes": "purposes", "safeguards": "safeguards"}

#: What is told of a statement, in this order; what a statement does not say is left out.
FIELDS = (
    "act", "who", "how", "allowed", "data", "recipients", "purposes", "safeguards", "extent", "except", "if", "hedges",
    "periods",
)  # fmt: skip

Told = dict[str, str]


@dataclass(frozen=True, slots=True)
class FactChange:
    """One statement on both sides; None where a side does not make it."""

    before: Told | None
    after: Told | None

    @property
    def differs(self) -> tuple[str, ...]:
        """Return the fields that differ."""
        before, after = self.before or {}, self.after or {}
        return tuple(name for name in FIELDS if before.get(name) != after.get(name))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"before": self.before, "after": self.after, "differs": list(self.differs)}


@dataclass(frozen=True, slots=True)
class Scored:
    """What the learned scorer said of a clause change, whether or not a fact overruled it."""

    cls: ClauseClass
    material: float  #: probability that the change matters
    direction: Direction
    topics: tuple[Topic, ...]
    words: tuple[Evidence, ...]  #: classes of words that went or came, those that speak most for it first

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "class": self.cls.value,
            "material": round(self.material, 4),
            "direction": self.direction.value,
            "topics": [topic.value for topic in self.topics],
            "words": [
                {
                    "class": item.name,
                    "title": item.title,
                    "before": list(item.before),
                    "after": list(item.after),
                    "weight": item.weight,
                }
                for item in self.words
            ],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one clause change was judged."""

    facts: tuple[FactChange, ...]
    rules: tuple[str, ...]  #: names of the rules that decided, as in the reasons
    severity_terms: tuple[tuple[str, int], ...]
    severity: Severity
    scored: Scored | None  #: None where the scorer was not asked
    redline: tuple[tuple[Op, str], ...]

    @property
    def severity_sum(self) -> int:
        """Return what the severity terms add up to."""
        return sum(value for _, value in self.severity_terms)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "facts": [fact.to_json() for fact in self.facts],
            "rules": list(self.rules),
            "severity": {
                "terms": [{"name": name, "value": value} for name, value in self.severity_terms],
                "sum": self.severity_sum,
                "reaches": self.severity.value,
            },
            "scorer": self.scored.to_json() if self.scored else None,
            "redline": [[op.value, text] for op, text in self.redline],
        }


def explain(verdict: Verdict, before: Text, after: Text, *, names: Sequence[str] = ()) -> tuple[Explanation, ...]:
    """Return how each clause change of a verdict was judged, in its order.

    The texts and names must be those the verdict was made of, under the words in force then.
    """
    old, new = document_of(before, names), document_of(after, names)
    if not old.clauses or not new.clauses:
        return tuple(_explained(change, None) for change in verdict.changes)
    old, new, pairs, _ = lined_up(old, new)
    near = within_reach(old, new, pairs)
    scores = dict(zip(near, score_pairs(old, new, near), strict=True))
    changed = [pair for pair in pairs if pair.kind is not None]
    return tuple(
        _explained(
            change,
            scores.get(pair),
            _facts(old.clauses, change.before_at, change.language),
            _facts(new.clauses, change.after_at, change.language),
        )
        for change, pair in zip(verdict.changes, changed, strict=True)
    )


def _explained(
    change: ClauseChange, score: PairScore | None, old: Sequence[Told] = (), new: Sequence[Told] = ()
) -> Explanation:
    judgement = change.judgement
    return Explanation(
        facts=_paired(old, new),
        rules=tuple(dict.fromkeys(reason.rule for reason in judgement.reasons)),
        severity_terms=judgement.severity_terms,
        severity=judgement.severity,
        scored=_scored(score) if score is not None else None,
        redline=redline(change.before, change.after),
    )


def _scored(score: PairScore) -> Scored:
    return Scored(score.cls, score.material, score.direction, score.topics, score.evidence)


def _facts(clauses: Sequence[Clause], indices: Sequence[int], language: str) -> list[Told]:
    """Return in words what some clauses of one side say, each statement once; only English is read."""
    if language not in {"en", "und"}:
        return []
    chosen = [clauses[index] for index in indices if clauses[index].kind is not BlockKind.HEADING]
    told: list[Told] = []
    for clause in chosen:
        reading = read(clause.text, clause.lead_in)
        said = [*map(_told, reading.facts), *(_phrase(name, words) for name, words in reading.phrases.items())]
        if not said and reading.periods:
            said = [{"act": "span of time", "periods": _spans(reading.periods)}]
        told += [one for one in said if one not in told]
    return told


def _spans(periods: Sequence[Period]) -> str:
    return "; ".join(dict.fromkeys(period.words for period in periods))


def _phrase(name: str, said: str) -> Told:
    """Return a legal term in words: "binding arbitration"."""
    return {"act": f"legal term: {lexicon().legal_phrases.entries[name].title} (“{said}”)"}


def _told(fact: Fact) -> Told:
    """Return a statement in words, field by field."""
    words = lexicon()
    told = {
        "act": _act(fact, words),
        "who": _ACTORS[fact.actor],
        "how": f"{_FORCES[fact.force]}{', not' if fact.denied else ''}",
        "allowed": _allowed(fact, words),
        **{label: _titles(getattr(words, slot), fact, slot) for slot, label in _NOUNS.items()},
        "extent": ", ".join(
            part
            for part in (
                "only this" if fact.exclusive else "",
                "among other things" if fact.open else "",
                _BREADTH.get(fact.breadth, ""),
            )
            if part
        ),
        "except": "; ".join(fact.exceptions),
        "if": "; ".join(fact.conditions),
        "hedges": "; ".join(fact.hedges),
        "periods": _spans(fact.periods),
    }
    return {name: told[name] for name in FIELDS if told[name]}


def _act(fact: Fact, words: Lexicon) -> str:
    if fact.act.startswith(DEFINES):
        return f"definition of “{fact.act.removeprefix(DEFINES)}”"
    entry = words.acts.entries.get(fact.act)
    title = entry.title if entry else fact.act
    said = fact.quote("act", fact.act)
    return f"{title} (“{said}”)" if said else title


def _allowed(fact: Fact, words: Lexicon) -> str:
    entry = words.acts.entries.get(fact.act)
    if entry is None or entry.side != "exposure":
        return ""
    if fact.exposure == NEVER:
        return "never"
    return words.gates.title(fact.gates) if fact.gates else "without a condition"


def _titles(noun: Noun, fact: Fact, slot: str) -> str:
    return ", ".join(
        noun.entries[name].title for name in sorted(fact.slots.get(slot, frozenset())) if name in noun.entries
    )


def _paired(olds: Sequence[Told], news: Sequence[Told]) -> tuple[FactChange, ...]:
    """Return statements of both sides side by side: of one act those that have most in common."""

    def alike(old: Told, new: Told) -> tuple[bool, int]:
        same_act = old["act"].split(" (“")[0] == new["act"].split(" (“")[0]
        return same_act, sum(old.get(name) == new.get(name) for name in FIELDS)

    left = list(news)
    found = []
    for old in olds:
        best = max(left, key=lambda new: alike(old, new), default=None)
        if best is not None and alike(old, best)[0]:
            left.remove(best)
            found.append(FactChange(old, best))
        else:
            found.append(FactChange(old, None))
    return (*found, *(FactChange(None, new) for new in left))
