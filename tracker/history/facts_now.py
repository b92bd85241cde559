"""What a version says, as a table of facts: which data, for what, to whom, for how long, where to, which rights."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from tracker.compare.facts.facts import Fact, read
from tracker.compare.facts.stance import Actor
from tracker.compare.findings.regions import regions_in
from tracker.compare.findings.transfers import mechanisms_in
from tracker.compare.model import BlockKind, Clause
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import cached
from tracker.history.texts import load_document
from tracker.store.texts.clause_texts import texts_of
from tracker.store.texts.clauses import clause_order


class FactGroup(StrEnum):
    """What a fact is about; in the order a reader asks."""

    COLLECTED = "data collected"
    PURPOSES = "purposes"
    RECIPIENTS = "recipients"
    RETENTION = "retention"
    TRANSFERS = "transfers abroad"
    RIGHTS = "rights and choices"
    DISPUTES = "disputes and money"


#: Which facts an act belongs to, and the slot that says what.
_OF_ACT = {
    "collect": (FactGroup.COLLECTED, "data_types"),
    "track": (FactGroup.COLLECTED, "data_types"),
    "use": (FactGroup.PURPOSES, "purposes"),
    "train": (FactGroup.PURPOSES, ""),
    "share": (FactGroup.RECIPIENTS, "recipients"),
    "sell": (FactGroup.RECIPIENTS, "recipients"),
    "use_right": (FactGroup.RIGHTS, ""),
    "opt_out": (FactGroup.RIGHTS, ""),
    "cancel": (FactGroup.RIGHTS, ""),
    "arbitrate": (FactGroup.DISPUTES, ""),
    "indemnify": (FactGroup.DISPUTES, ""),
    "pay": (FactGroup.DISPUTES, ""),
    "refund": (FactGroup.DISPUTES, ""),
}

#: Clauses quoted for one fact; the rest is counted.
MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """A clause that states a fact."""

    clause_id: int | None  #: None where clauses are cut by other rules than when the text was stored
    text: str


@dataclass(frozen=True, slots=True)
class StatedFact:
    """One fact, with the clauses that state it."""

    group: FactGroup
    what: str  #: such as "advertising partners", "30 days"
    how: str  #: such as "never", "only with consent"; blank where nothing restricts it
    quotes: tuple[Quote, ...]
    more: int  #: clauses beyond those


def facts_of_version(session: Session, version_id: int) -> list[StatedFact]:
    """Return the facts a stored version states, by group, those stated most often first."""
    texts = texts_of(session, clause_order(session, version_id))
    idents = {text: ident for ident, text in texts.items()}
    document = load_document(session, version_id)
    found: dict[tuple[FactGroup, str, str], list[Quote]] = {}
    for clause in document.clauses:
        if clause.kind is BlockKind.HEADING:
            continue
        quote = Quote(idents.get(clause.text), clause.text)
        for key in dict.fromkeys(_stated(clause)):
            found.setdefault(key, []).append(quote)
    order = list(FactGroup)
    ranked = sorted(found.items(), key=lambda item: (order.index(item[0][0]), -len(item[1]), item[0][1:]))
    return [StatedFact(*key, tuple(quotes[:MOST_QUOTES]), max(0, len(quotes) - MOST_QUOTES)) for key, quotes in ranked]


@cached(8192)
def _stated_in(text: str, lead_in: str) -> tuple[tuple[FactGroup, str, str], ...]:
    reading = read(text, lead_in)
    found = [stated for fact in reading.facts for stated in _of_fact(fact)]
    if any(fact.act in {"retain", "delete"} for fact in reading.facts):
        found += [(FactGroup.RETENTION, period.words, "") for period in reading.periods]
    if any(fact.act == "transfer" for fact in reading.facts):
        found += [(FactGroup.TRANSFERS, name, "") for name in _abroad(text)]
    return tuple(found)


def _stated(clause: Clause) -> Iterable[tuple[FactGroup, str, str]]:
    return _stated_in(clause.text, clause.lead_in)


def _of_fact(fact: Fact) -> Iterator[tuple[FactGroup, str, str]]:
    group, slot = _OF_ACT.get(fact.act, (None, ""))
    if group is None or (fact.actor is Actor.RECIPIENT):
        return
    words = lexicon()
    how = "never" if fact.denied else ", ".join(sorted(words.gates.entries[gate].title for gate in fact.gates))
    if fact.act == "sell":
        how = f"sale, {how}" if how else "sale"
    if not slot:
        yield group, words.acts.entries[fact.act].title, how
        return
    noun = getattr(words, slot)
    for name in sorted(fact.slots.get(slot, ())):
        yield group, noun.entries[name].title if name in noun.entries else name.replace("_", " "), how


def _abroad(text: str) -> Iterator[str]:
    """Yield where data goes, and under which mechanism."""
    words = lexicon()
    for name in sorted(regions_in(text)):
        yield words.regions.entries[name].title if name in words.regions.entries else name
    yield from sorted(name.replace("_", " ") for name in mechanisms_in(text.lower()))
