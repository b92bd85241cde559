"""What a sentence says of any verb at all: its verbs, who bears them, and the words that turn it.

Facts know some twenty acts. Yet "may" for "must", an "unless", an "only" or a "not" turns a statement of any verb; what
such a turn means to the person follows from who bears the statement.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.compare.facts.asides import without_names
from tracker.compare.facts.facts import gates_in as gate_mentions
from tracker.compare.facts.stance import Actor, Force, Stance, is_denied, stance, without_idioms
from tracker.compare.vocabulary.cues import compile_cue
from tracker.compare.vocabulary.grammar import grammar, phrases, said
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.compare.vocabulary.lexicons import active, cached

#: Groups of lexicon/grammar.toml that turn a sentence, and the characters up to which what they open is quoted.
TURNS = {"exception": ".;", "condition": ",.;", "discretion": "", "qualifier": "", "only": ""}
_APOSTROPHES = str.maketrans(dict.fromkeys("’´`‘", "'"))
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
#: "Shall, within thirty days, award": what stands between the commas parts no verb from its auxiliary.
_PAUSED = re.compile(r"\b(?:may|might|can|could|will|shall|must|should|do|does|not|never), ")
_LONGEST = 600  #: characters of a sentence that is read; longer ones are lists
_MOST = 40  #: sentences of one text that are read: a clause has one or few
_SAID_WORDS = 6  #: words of a verb and its objects that a reason quotes


class Bearing(StrEnum):
    """What a statement is to the person."""

    PROMISE = "promise"  #: what the organisation does not do
    DUTY = "duty"  #: what it does for the person
    PERMISSION = "permission"  #: what it may do
    RIGHT = "right"  #: what the person may do
    BURDEN = "burden"  #: what the person must or must not do
    UNKNOWN = "unknown"


FOR_THE_PERSON = frozenset({Bearing.PROMISE, Bearing.DUTY, Bearing.RIGHT})


@dataclass(frozen=True, slots=True)
class Predicate:
    """A verb and how it is said."""

    stem: str
    stance: Stance
    explicit: bool  #: it has a subject of its own, rather than being said of a thing
    said: str  #: with its first objects, as displayed
    stated: bool = True  #: it is said of its subject, rather than a noun or what something else is for


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence by its turns."""

    text: str
    lowered: str  #: idioms blanked
    words: frozenset[str]
    gates: frozenset[str]  #: entries of lexicon/gates.toml it names
    predicates: tuple[Predicate, ...]
    turns: Mapping[str, tuple[str, ...]]  #: exceptions, conditions and the like, by their group of lexicon/grammar.toml
    open: bool
    breadth: tuple[int, int]  #: how many words say "some", how many "all"

    @property
    def limited(self) -> bool:
        """Say whether it holds "only"."""
        return bool(self.turns["only"])

    @property
    def conditional(self) -> bool:
        """Say whether it hangs on something."""
        return any(self.turns[group] for group in ("exception", "condition", "only")) or "without" in self.words


@cached(1)
def _stems() -> dict[str, str]:
    forms = (compile_cue(form).anchors for form in active().table("grammar.toml")["irregular"]["forms"])
    return {word: words[0] for words in forms for word in words}


def stem(verb: str) -> str:
    """Return what the forms of a verb have in common: "gives", "given" and "giving" are one."""
    known = _stems().get(verb)
    if known is not None:
        return known.rstrip("e")
    for ending in ("ing", "ed", "es", "s"):
        if verb.endswith(ending) and len(verb) - len(ending) >= 3:
            verb = verb.removesuffix(ending)
            if ending in {"ing", "ed"} and len(verb) > 3 and verb[-1] == verb[-2] and verb[-1] not in "sl":
                verb = verb[:-1]
            break
    verb = verb.removesuffix("i") + "y" if verb.endswith("i") else verb
    return verb.rstrip("e")


def is_participle(word: str) -> bool:
    """Say whether a word can be the form of a verb that stands behind "is": "shared", "sold"."""
    return word.endswith("ed") or _stems().get(word, word) != word


@cached(1)
def _said_verb() -> re.Pattern[str]:
    """Return the pattern of a verb after its subject or its auxiliaries."""
    words = grammar()
    opens = rf"(?:\b(?:we|you|they)\b|{words.source('leading', 'auxiliary')})"
    chain = rf"(?:[\s,]+(?:{words.source('leading', 'auxiliary')}|\w+ly\b|\b(?:be|been|not|also|only)\b))*"
    return re.compile(rf"(?P<open>{opens}){chain}\s+(?!(?:{words['no_verb'].pattern}))(?P<verb>[a-z]+(?:-[a-z]+)?)\b")


@cached(1)
def _group_of_stems() -> dict[str, frozenset[str]]:
    groups = ("benefit", "answerable", "demanding", "granting", "looking", "losing")
    return {
        group: frozenset(
            stem(word) for form in active().table("grammar.toml")[group]["forms"] for word in compile_cue(form).anchors
        )
        for group in groups
    }


def is_in(group: str, predicate: Predicate) -> bool:
    """Say whether a verb belongs to a group of verbs in lexicon/grammar.toml, such as "benefit" or "granting"."""
    return predicate.stem in _group_of_stems()[group]


def _predicates(text: str, lowered: str) -> tuple[Predicate, ...]:
    found = []
    for match in _said_verb().finditer(lowered):
        start, end = match.span("verb")
        how = stance(lowered, start, end, {start})
        if how is not None:
            quoted = " ".join(re.split(r"[.;:]", text[start:])[0].split()[:_SAID_WORDS])
            explicit = match["open"] in {"we", "you", "they"} or how.actor is not Actor.COMPANY
            found.append(Predicate(stem(lowered[start:end]), how, explicit, quoted))
    return tuple({predicate.stem: predicate for predicate in reversed(found)}.values())[::-1]


def gates_in(lowered: str) -> frozenset[str]:
    """Return the ways to consent or object that a lower-case text names."""
    return frozenset(item.name for item in gate_mentions(lowered, lexicon()))


def words_of(text: str) -> frozenset[str]:
    """Return the words of a lower-case text."""
    return frozenset(_WORD.findall(text))


@cached(4096)
def statements(text: str) -> tuple[Statement, ...]:
    """Return the first sentences of a text by their turns; very long ones, which are lists, left out. English only."""
    found = []
    for sentence in _SENTENCE.split(" ".join(text.split()), maxsplit=_MOST)[:_MOST]:
        if len(sentence) > _LONGEST or sentence.endswith("?"):
            continue
        lowered = without_names(without_idioms(sentence.lower().translate(_APOSTROPHES)))
        some, every = (len(grammar()[group].findall(lowered)) for group in ("some", "every"))
        found.append(
            Statement(
                sentence,
                lowered,
                words_of(lowered),
                gates_in(lowered),
                _predicates(sentence, lowered),
                {group: said(phrases(group, lowered, ending)) for group, ending in TURNS.items()},
                grammar()["open"].search(lowered) is not None,
                (some, every),
            )
        )
    return tuple(found)


def bearing_of(old: Predicate | None, new: Predicate | None) -> Bearing:
    """Return what a statement is to the person, by its verb as both sides say it."""
    both = [side for side in (old, new) if side is not None]
    if not both:
        return Bearing.UNKNOWN
    one = both[0]
    if one.stance.actor is Actor.USER:
        if is_in("granting", one) and one.stance.force is not Force.MAY:
            return Bearing.PERMISSION
        if any(side.stance.denied or side.stance.force is Force.MUST for side in both):
            return Bearing.BURDEN
        # "You can find our prices here" gives nobody a right.
        right = one.stance.force is Force.MAY and not is_in("looking", one)
        return Bearing.RIGHT if right else Bearing.UNKNOWN
    if one.stance.denied:
        # "Never traded" is a promise; what "may not be resold" forbids, and whom, is not said.
        promised = one.explicit or one.stance.force is not Force.MAY
        return Bearing.PROMISE if promised and not is_in("answerable", one) else Bearing.UNKNOWN
    if is_exposure(one):
        return Bearing.PERMISSION
    if is_in("benefit", one) and one.stance.force is not Force.MAY:
        return Bearing.DUTY
    return Bearing.PERMISSION if one.stance.force is Force.MAY and one.explicit else Bearing.UNKNOWN


def is_exposure(predicate: Predicate) -> bool:
    """Say whether an act by which the organisation gains is said."""
    acts = lexicon().acts
    return any(acts.entries[item.name].side == "exposure" for item in acts.mentions(predicate.said.lower()))


def _counterpart(one: Predicate, other: Statement) -> Predicate | None:
    """Return how the other sentence says a verb: as one of its predicates, or after a name ("Acme sees")."""
    for predicate in other.predicates:
        if predicate.stem == one.stem:
            return predicate
    for match in _WORD.finditer(other.lowered):
        if stem(match.group()) == one.stem and match.group() != "us":
            start, end = match.span()
            how = stance(other.lowered, start, end, {start})
            stated = how is not None and (not how.words.endswith(",") or _PAUSED.search(how.words) is not None)
            if how is None:
                front = other.lowered[:start]
                how = Stance(one.stance.actor, is_denied(front) != front.endswith(" no "), Force.DOES, "")
            said = " ".join(other.text[start:].split()[:_SAID_WORDS])
            return Predicate(one.stem, how, one.explicit, said, stated)
    return None


def pairs_of(old: Statement, new: Statement) -> list[tuple[Predicate, Predicate]]:
    """Return the verbs of two versions of a sentence that both say, in reading order of the old one, each once."""
    found = {one.stem: (one, other) for one in old.predicates if (other := _counterpart(one, new)) is not None}
    for other in new.predicates:
        if other.stem not in found and (one := _counterpart(other, old)) is not None:
            found[other.stem] = (one, other)
    return list(found.values())
