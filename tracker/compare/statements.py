"""What a sentence says of any verb at all: for the turns of a statement whose act no lexicon names.

Facts know some twenty acts. Yet "may" for "must", an "unless", an "only" or a "not" turns a statement of any verb.
Here two versions of one sentence are held against each other by these turns alone; who gains by a turn follows from who
bears the statement: an exception takes from a promise, a duty or a right, and adds to what is forbidden or demanded.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracker.compare.cues import compile_cue
from tracker.compare.findings import Finding
from tracker.compare.grammar import grammar
from tracker.compare.lexicon import lexicon
from tracker.compare.lexicons import active, cached
from tracker.compare.stance import Actor, Force, Stance, is_denied, stance, without_idioms
from tracker.words import Direction

_WEAKER, _STRONGER, _NEUTRAL = Direction.WEAKER, Direction.STRONGER, Direction.NEUTRAL
_APOSTROPHES = str.maketrans(dict.fromkeys("’´`‘", "'"))
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_ALIKE, _ALIKE_LONGER = (
    0.6,
    0.4,
)  #: shares of the shorter and the longer sentence's words that two versions have in common
_MOST_APART = 5  #: words that may differ besides a phrase that came or went
_MOST_TURNED = 12  #: words that may differ where a verb is said in another way
_LONGEST = 600  #: characters of a sentence that is read; longer ones are lists
_SAID_WORDS = 6  #: words of a verb and its objects that a reason quotes


class Bearing(StrEnum):
    """What a statement is to the person."""

    PROMISE = "promise"  #: what the organisation does not do
    DUTY = "duty"  #: what it does for the person
    PERMISSION = "permission"  #: what it may do
    RIGHT = "right"  #: what the person may do
    BURDEN = "burden"  #: what the person must or must not do
    UNKNOWN = "unknown"


_FOR_THE_PERSON = frozenset({Bearing.PROMISE, Bearing.DUTY, Bearing.RIGHT})
_FIRM = frozenset({Force.MUST, Force.DOES})


@dataclass(frozen=True, slots=True)
class Predicate:
    """A verb and how it is said."""

    stem: str
    stance: Stance
    explicit: bool  #: it has a subject of its own, rather than being said of a thing
    said: str  #: with its first objects, as displayed


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence by its turns."""

    text: str
    lowered: str  #: idioms blanked
    words: frozenset[str]
    gates: frozenset[str]  #: entries of lexicon/gates.toml it names
    predicates: tuple[Predicate, ...]
    turns: dict[str, tuple[str, ...]]  #: exceptions, conditions and the like, by their group of lexicon/grammar.toml
    open: bool
    breadth: int  #: -1 some, 1 all, 0 not said

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


@cached(1)
def _said_verb() -> re.Pattern[str]:
    """Return the pattern of a verb after its subject or its auxiliaries."""
    words = grammar()
    opens = rf"(?:\b(?:we|you|they)\b|{words.source('leading', 'auxiliary')})"
    chain = rf"(?:[\s,]+(?:{words.source('leading', 'auxiliary')}|\w+ly\b|\b(?:be|been|not|also|only)\b))*"
    return re.compile(rf"(?P<open>{opens}){chain}\s+(?!(?:{words['no_verb'].pattern}))(?P<verb>[a-z]+(?:-[a-z]+)?)\b")


@cached(1)
def _group_of_stems() -> dict[str, frozenset[str]]:
    groups = ("benefit", "answerable", "granting")
    return {
        group: frozenset(
            stem(word) for form in active().table("grammar.toml")[group]["forms"] for word in compile_cue(form).anchors
        )
        for group in groups
    }


def _is(group: str, predicate: Predicate) -> bool:
    return predicate.stem in _group_of_stems()[group]


def _predicates(text: str, lowered: str) -> tuple[Predicate, ...]:
    found = []
    for match in _said_verb().finditer(lowered):
        start, end = match.span("verb")
        how = stance(lowered, start, end, {start})
        if how is not None:
            said = " ".join(re.split(r"[.;:]", text[start:])[0].split()[:_SAID_WORDS])
            explicit = match["open"] in {"we", "you", "they"} or how.actor is not Actor.COMPANY
            found.append(Predicate(stem(lowered[start:end]), how, explicit, said))
    return tuple({predicate.stem: predicate for predicate in reversed(found)}.values())[::-1]


_TURNS = {"exception": ".;", "condition": ",.;", "hedge": "", "discretion": "", "qualifier": "", "only": ""}


def _gates(lowered: str) -> frozenset[str]:
    return frozenset(item.name for item in lexicon().gates.mentions(lowered))


def _turns(lowered: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for group, ending in _TURNS.items():
        phrases = []
        for match in grammar()[group].finditer(lowered):
            end = match.end()
            while ending and end < len(lowered) and lowered[end] not in ending:
                end += 1
            phrases.append(" ".join(lowered[match.start() : end].split()))
        found[group] = tuple(dict.fromkeys(phrases))
    return found


@cached(4096)
def statements(text: str) -> tuple[Statement, ...]:
    """Return the sentences of a text by their turns; very long ones, which are lists, left out. English only."""
    found = []
    for sentence in _SENTENCE.split(" ".join(text.split())):
        if len(sentence) > _LONGEST:
            continue
        lowered = without_idioms(sentence.lower().translate(_APOSTROPHES))
        some, every = (grammar()[group].search(lowered) is not None for group in ("some", "every"))
        found.append(
            Statement(
                sentence,
                lowered,
                frozenset(_WORD.findall(lowered)),
                _gates(lowered),
                _predicates(sentence, lowered),
                _turns(lowered),
                grammar()["open"].search(lowered) is not None,
                int(every) - int(some),
            )
        )
    return tuple(found)


def _alike(old: Statement, new: Statement) -> float:
    shared = len(old.words & new.words)
    shorter, longer = sorted((len(old.words), len(new.words)))
    if shared < _ALIKE * shorter or shared < _ALIKE_LONGER * longer:
        return 0.0
    return shared / max(1, longer)


def _versions(olds: Sequence[Statement], news: Sequence[Statement]) -> list[tuple[Statement, Statement]]:
    """Return the sentences of two texts that are versions of one another, those that are equal left out."""
    ranked = sorted(
        (-_alike(old, new), at, to) for at, old in enumerate(olds) for to, new in enumerate(news) if _alike(old, new)
    )
    taken: set[tuple[int, int]] = set()
    found = []
    for _, at, to in ranked:
        if (0, at) not in taken and (1, to) not in taken:
            taken |= {(0, at), (1, to)}
            if olds[at].text != news[to].text:
                found.append((olds[at], news[to]))
    return found


def _bearing(old: Predicate | None, new: Predicate | None) -> Bearing:
    """Return what a statement is to the person, by its verb as both sides say it."""
    both = [side for side in (old, new) if side is not None]
    if not both:
        return Bearing.UNKNOWN
    one = both[0]
    if one.stance.actor is Actor.USER:
        if _is("granting", one) and one.stance.force is not Force.MAY:
            return Bearing.PERMISSION
        if any(side.stance.denied or side.stance.force is Force.MUST for side in both):
            return Bearing.BURDEN
        return Bearing.RIGHT if one.stance.force is Force.MAY else Bearing.UNKNOWN
    if one.stance.denied:
        return Bearing.UNKNOWN if _is("answerable", one) or not one.explicit else Bearing.PROMISE
    if _is_exposure(one):
        return Bearing.PERMISSION
    if _is("benefit", one) and one.stance.force is not Force.MAY:
        return Bearing.DUTY
    return Bearing.PERMISSION if one.stance.force is Force.MAY and one.explicit else Bearing.UNKNOWN


def _is_exposure(predicate: Predicate) -> bool:
    acts = lexicon().acts
    return any(acts.entries[item.name].side == "exposure" for item in acts.mentions(predicate.said.lower()))


def _is_read(predicate: Predicate) -> bool:
    """Say whether facts read this verb."""
    first = predicate.said.split()[0].lower() if predicate.said else ""
    return any(item.start < len(first) for item in lexicon().acts.mentions(predicate.said.lower()))


def _is_relief(predicate: Predicate) -> bool:
    return predicate.stance.denied and grammar()["relief"].search(predicate.stance.words) is not None


def _freedom(predicate: Predicate) -> int:
    """Return how free a statement leaves the person who bears it: 2 may, 1 neither, 0 must or must not."""
    if predicate.stance.denied:
        return 2 if _is_relief(predicate) else 0
    return {Force.MAY: 2, Force.MUST: 0}.get(predicate.stance.force, 1)


def _turned(old: Predicate, new: Predicate) -> Finding | None:
    """Return what it means that a verb is said in another way."""
    was, now = old.stance, new.stance
    told = (was.words or "says so", now.words or "says so")
    what = f"“{new.said}”"
    if Actor.USER in {was.actor, now.actor}:
        plain = not all(side.denied or side.force is not Force.DOES for side in (was, now)) and was.denied == now.denied
        if was.actor is not now.actor or _freedom(old) == _freedom(new) or plain:
            return None
        way = _STRONGER if _freedom(new) > _freedom(old) else _WEAKER
        return Finding("leave_changed", way, what, old.said, new.said, old=told[0], new=told[1])
    if was.denied != now.denied:
        good = _is("answerable", old)
        way = _NEUTRAL if not (old.explicit and new.explicit) else _WEAKER if was.denied != good else _STRONGER
        turned = ("was ruled out", "no longer is") if was.denied else ("was said", "is now ruled out")
        return Finding("negation_flip", way, what, old.said, new.said, old=turned[0], new=turned[1])
    if (was.force in _FIRM) == (now.force in _FIRM) or _is_exposure(new):
        return None
    weaker = was.force in _FIRM
    good = was.denied or _is("benefit", new)
    if not good and Force.DOES in {was.force, now.force}:
        return None
    way = _NEUTRAL if not good else _WEAKER if weaker else _STRONGER
    return Finding(
        "duty_weakened" if weaker else "duty_strengthened", way, what, old.said, new.said, old=told[0], new=told[1]
    )


def _counterpart(one: Predicate, other: Statement) -> Predicate | None:
    """Return how the other sentence says a verb: as one of its predicates, or after a name ("Acme sees")."""
    for predicate in other.predicates:
        if predicate.stem == one.stem:
            return predicate
    for match in _WORD.finditer(other.lowered):
        if stem(match.group()) == one.stem:
            start, end = match.span()
            how = stance(other.lowered, start, end, {start})
            if how is None:
                how = Stance(one.stance.actor, is_denied(other.lowered[:start]), Force.DOES, "")
            said = " ".join(other.text[start:].split()[:_SAID_WORDS])
            return Predicate(one.stem, how, one.explicit, said)
    return None


def _pairs(old: Statement, new: Statement) -> list[tuple[Predicate, Predicate]]:
    """Return the verbs of two versions of a sentence that both say, in reading order of the old one, each once."""
    found = {one.stem: (one, other) for one in old.predicates if (other := _counterpart(one, new)) is not None}
    for other in new.predicates:
        if other.stem not in found and (one := _counterpart(other, old)) is not None:
            found[other.stem] = (one, other)
    return list(found.values())


def _says_only_if(old: Statement, new: Statement, one: Predicate, other: Predicate) -> bool:
    """Say whether "not unless" on one side is "only if" on the other."""
    denied, affirmed = (old, new) if one.stance.denied else (new, old)
    return (
        one.stance.denied != other.stance.denied
        and (bool(denied.turns["exception"]) or "without" in denied.words or "until" in denied.words)
        and (affirmed.conditional or bool(affirmed.gates & denied.gates))
    )


def _apart(old: Statement, new: Statement, phrase: str = "") -> int:
    """Return how many words two versions of a sentence do not share, a phrase left aside."""
    return len((old.words ^ new.words) - set(_WORD.findall(phrase)))


def _marks(old: Statement, new: Statement, bearing: Bearing) -> Iterable[Finding]:
    """Return what came to a sentence or went from it besides its verbs."""
    for group in ("exception", "condition", "discretion", "qualifier"):
        went, came = (
            [
                said
                for said in here.turns[group]
                if not set(_WORD.findall(said)) <= there.words and _gates(said).isdisjoint(there.gates)
            ]
            for here, there in ((old, new), (new, old))
        )
        if bool(went) == bool(came) or (old.turns[group] and new.turns[group]):
            continue
        words = (came or went)[0]
        if _apart(old, new, words) > _MOST_APART:
            continue
        worse = None if bearing is Bearing.UNKNOWN else bearing in _FOR_THE_PERSON
        if group == "discretion":
            worse = True
        elif (group == "qualifier" and bearing not in {Bearing.PROMISE, Bearing.DUTY}) or (
            group == "condition" and bearing is Bearing.UNKNOWN
        ):
            continue
        way = _NEUTRAL if worse is None else _WEAKER if worse == bool(came) else _STRONGER
        kind = f"{group}_{'added' if came else 'removed'}"
        yield Finding(kind, way, f"“{new.text}”", old.text, new.text, old=words, new=words)
    if _apart(old, new) > 2 * _MOST_APART:
        return
    if old.limited != new.limited:
        yield from _limit(old, new, bearing)
    if abs(old.breadth - new.breadth) > 1:
        wider = new.breadth > 0
        good = None if bearing is Bearing.UNKNOWN else bearing in _FOR_THE_PERSON
        way = _NEUTRAL if good is None else _STRONGER if good == wider else _WEAKER
        yield Finding("scope_widened" if wider else "scope_narrowed", way, f"“{new.text}”", old.text, new.text)


def _limit(old: Statement, new: Statement, bearing: Bearing) -> Iterable[Finding]:
    opened = new.open and not old.open and old.limited
    closed = old.open and not new.open and new.limited
    kind = "list_opened" if opened else "list_closed" if closed else "limit_dropped" if old.limited else "limit_added"
    if bearing is Bearing.UNKNOWN and not (opened or closed):
        way = _NEUTRAL
    else:
        good = bearing is Bearing.RIGHT
        way = _WEAKER if old.limited != good else _STRONGER
    yield Finding(kind, way, f"“{new.text}”", old.text, new.text)


def differences(before: str, after: str) -> list[Finding]:
    """Return what the turns of two texts change, sentence by sentence; nothing for sentences that have no version."""
    found: list[Finding] = []
    for old, new in _versions(statements(before), statements(after)):
        pairs = _pairs(old, new)
        if any(_says_only_if(old, new, one, other) for one, other in pairs):
            continue
        near = _apart(old, new) <= _MOST_TURNED
        turned = [finding for one, other in pairs if near and (finding := _turned(one, other)) is not None]
        found += turned
        if not turned:
            main = pairs[0] if pairs else (None, None)
            found += _marks(old, new, _bearing(*main))
    return found
