"""What the turns of a sentence change: two versions of it held against each other, whatever its verbs.

An exception takes from a promise, a duty or a right, and gives where it is put on what the organisation may do or the
person must; so do conditions, limits and quantifiers.
"""

import re
from collections.abc import Iterable, Sequence

from tracker.compare.facts.stance import Actor, Force
from tracker.compare.facts.statements import (
    FOR_THE_PERSON,
    Bearing,
    Predicate,
    Statement,
    bearing_of,
    gates_in,
    is_exposure,
    is_in,
    pairs_of,
    statements,
    words_of,
)
from tracker.compare.findings.finding import Finding
from tracker.compare.findings.listing import item_changes, joined_conditions
from tracker.compare.findings.matching import is_described
from tracker.compare.findings.polarity import (
    bounded_alike,
    bounded_otherwise,
    denied_alike,
    exceptions,
    only_asked,
    states_condition,
)
from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicon import lexicon
from tracker.words import Direction, Topic

_WEAKER, _STRONGER, _NEUTRAL = Direction.WEAKER, Direction.STRONGER, Direction.NEUTRAL
_FIRM = frozenset({Force.MUST, Force.DOES})
#: Shares of the shorter and of the longer sentence's words that two versions of one sentence have in common.
_ALIKE, _ALIKE_LONGER = 0.6, 0.4
_MOST_APART, _SHARE_APART = 4, 0.35  #: words, or share of them, that may differ besides a phrase that came or went
_BARELY = 4  #: the same besides a condition: rewritten sentences often move what they hang on
_MOST_TURNED = 12  #: words that may differ where a verb is said in another way
_ASKING = frozenset({"opt_in", "opt_out"})  #: ways to be asked, by entry of lexicon/gates.toml
#: how a sentence begins that says what the person tries
_PERSON = ("you ", "you must ", "you should ", "you will ", "you shall ", "you agree to ")

#: Of whom a right is: "every passenger", "the passenger who booked".
_EACH = re.compile(r"\b(?:every|each|any|all)(?: of)?(?: the)? (?P<noun>[a-z]+)\b")
_ONE = re.compile(
    r"\b(?:the|that|one)(?: (?:lead|main|first|primary|registered|paying))? (?P<noun>[a-z]+)\b"
    r"(?= (?:who|that|whose|in whose)\b)"
)
#: "You may have to pay" sets nobody free
_CHANCE = re.compile(r"\b(?:may|might|can|could) (?:\w+ly )?(?:have|need|be (?:required|asked|obliged)) to\b")
_MAY_NOT = re.compile(r"\b(?:may|might) not\b")
_MAY = re.compile(r"\b(?:may|can|entitled to|(?:has|have) the right)\b")
_FAILING = re.compile(r"\bfail\w*\b[^,;.]{0,40}$")  #: "a failure to take reasonable care" is no effort

#: Kinds that tell of the same turn.
_FAMILIES = {
    kind: family
    for family, kinds in {
        "denial": ("negation_flip", "leave_changed", "consent_weakened", "consent_strengthened"),
        "exception": ("exception_added", "exception_removed", "exception_widened", "exception_narrowed"),
        "condition": ("condition_added", "condition_removed"),
        "duty": ("duty_weakened", "duty_strengthened"),
        "limit": ("limit_added", "limit_dropped", "list_opened", "list_closed"),
        "scope": ("scope_widened", "scope_narrowed"),
    }.items()
    for kind in kinds
}
#: What a sentence is to the person by words of lexicon/grammar.toml, whatever its verb: a disclaimer leaves the
#: organisation free, a burden stays with the person.
_BY_WORDS = {
    "disclaiming": Bearing.PERMISSION,
    "burdening": Bearing.BURDEN,
    "offering": Bearing.RIGHT,
}
_FOR_AS_LONG = ("as long as", "so long as")
_SPANS = {"period_changed", "limit_set", "limit_lost"}
_OF_SPANS = {"condition", "discretion_added", "discretion_removed"}  #: turns by which spans of time are said too


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


def _is_relief(predicate: Predicate) -> bool:
    return predicate.stance.denied and grammar()["relief"].search(predicate.stance.words) is not None


def _freedom(predicate: Predicate) -> int:
    """Return how free a statement leaves the person who bears it: 2 may, 1 neither, 0 must or must not."""
    if _CHANCE.search(predicate.stance.words):
        return 0
    if predicate.stance.denied:
        return 2 if _is_relief(predicate) else 0
    return {Force.MAY: 2, Force.MUST: 0}.get(predicate.stance.force, 1)


def _flipped(old: Predicate, new: Predicate, way: Direction) -> Finding:
    """Return that a verb is denied which was not, or the other way round."""
    turned = ("was ruled out", "no longer is") if old.stance.denied else ("was said", "is now ruled out")
    return Finding("negation_flip", way, f"“{new.said}”", old.said, new.said, old=turned[0], new=turned[1])


def _turned(old: Predicate, new: Predicate, before: str, after: str) -> Finding | None:
    """Return what it means that a verb is said in another way; the sentences are those it stands in."""
    was, now = old.stance, new.stance
    if was.denied != now.denied and denied_alike(before, after, old.stem, new.stem):
        return None
    words = (was.words or "says so", now.words or "says so")
    what = f"“{new.said}”"
    if was.denied != now.denied and is_in("losing", new):
        persons = Actor.USER in {was.actor, now.actor}
        return _flipped(old, new, _WEAKER if was.denied == persons else _STRONGER)
    if Actor.USER in {was.actor, now.actor}:
        plain = not all(side.denied or side.force is not Force.DOES for side in (was, now)) and was.denied == now.denied
        if was.actor is not now.actor or _freedom(old) == _freedom(new) or plain:
            return None
        if not (old.stated and new.stated) or only_asked(before, after):
            return None
        way = _STRONGER if _freedom(new) > _freedom(old) else _WEAKER
        return Finding("leave_changed", way, what, old.said, new.said, old=words[0], new=words[1])
    if was.denied != now.denied:
        good = is_in("answerable", old)
        told = (old.explicit and new.explicit) or is_in("demanding", old)
        way = _NEUTRAL if not told else _WEAKER if was.denied != good else _STRONGER
        return _flipped(old, new, way)
    if (was.force in _FIRM) == (now.force in _FIRM) or is_exposure(new) or not (old.stated and new.stated):
        return None
    if was.denied and Force.TRIES not in {was.force, now.force} and not _is_chance(old, new):
        return None  # what cannot, will not and must not be are as firm
    if any(not side.stance.words and side.said.split()[0].endswith("ing") for side in (old, new)):
        return None  # "our interest in answering" promises nothing, and nothing less
    weaker = was.force in _FIRM
    good = was.denied or is_in("benefit", new)
    if not good and Force.DOES in {was.force, now.force}:
        return None
    way = _NEUTRAL if not good else _WEAKER if weaker else _STRONGER
    return Finding(
        "duty_weakened" if weaker else "duty_strengthened", way, what, old.said, new.said, old=words[0], new=words[1]
    )


def _is_chance(old: Predicate, new: Predicate) -> bool:
    """Say whether one side says of its own subject that it "may not" do a thing, which it then may."""
    return all(side.explicit for side in (old, new)) and any(_MAY_NOT.search(side.stance.words) for side in (old, new))


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
    return len((old.words ^ new.words) - words_of(phrase))


def _marks(old: Statement, new: Statement, bearing: Bearing) -> Iterable[Finding]:
    """Return what came to a sentence or went from it besides its verbs."""
    most = max(_MOST_APART, _SHARE_APART * max(len(old.words), len(new.words)))
    for group in ("exception", "condition", "discretion", "qualifier"):
        went, came = (
            [
                said
                for said in here.turns[group]
                if not words_of(said) <= there.words and gates_in(said).isdisjoint(there.gates)
            ]
            for here, there in ((old, new), (new, old))
        )
        if bool(went) == bool(came) or (old.turns[group] and new.turns[group]):
            continue
        words = (came or went)[0]
        here, there = (new, old) if came else (old, new)
        if group == "condition" and not states_condition(words, here.lowered, there.text.lower()):
            continue
        if group == "exception" and exceptions(here.text) <= exceptions(there.text):
            continue
        if _apart(old, new, words) > (_BARELY if group == "condition" else most):
            continue
        worse = None if bearing is Bearing.UNKNOWN else bearing in FOR_THE_PERSON
        if group == "discretion" or (group == "exception" and is_described(old.lowered, new.lowered)):
            worse = True
        elif (group == "qualifier" and bearing not in {Bearing.PROMISE, Bearing.DUTY}) or (
            group == "condition" and bearing is Bearing.UNKNOWN
        ):
            continue
        if group == "condition" and words.startswith(_FOR_AS_LONG) and grammar()["keeping"].search(new.lowered):
            worse = None  # "keep it as long as it is useful" says how long
        way = _NEUTRAL if worse is None else _WEAKER if worse == bool(came) else _STRONGER
        kind = f"{group}_{'added' if came else 'removed'}"
        yield Finding(kind, way, f"“{new.text}”", old.text, new.text, old=words, new=words)
    if _apart(old, new) > most:
        return
    if bearing is Bearing.RIGHT:
        yield from _our_leave(old, new)
    yield from _for_one(old, new)
    if old.limited != new.limited and not bounded_otherwise(old.text, new.text):
        yield from _limit(old, new, bearing)
    some, every = (now - was for was, now in zip(old.breadth, new.breadth, strict=True))
    if some * every < 0:
        wider = every > 0
        good = None if bearing is Bearing.UNKNOWN else bearing in FOR_THE_PERSON
        way = _NEUTRAL if good is None else _STRONGER if good == wider else _WEAKER
        yield Finding("scope_widened" if wider else "scope_narrowed", way, f"“{new.text}”", old.text, new.text)


def _our_leave(old: Statement, new: Statement) -> Iterable[Finding]:
    """Return that what the person may do now needs the organisation's leave, or no longer does."""
    was, now = (grammar()["our_leave"].search(side.lowered) for side in (old, new))
    said = was or now
    if said is not None and (was is None or now is None) and not (old.turns["exception"] or new.turns["exception"]):
        kind, way = ("condition_removed", _STRONGER) if was else ("condition_added", _WEAKER)
        yield Finding(kind, way, f"“{new.text}”", old.text, new.text, old=said.group(), new=said.group())


def _for_one(old: Statement, new: Statement) -> Iterable[Finding]:
    """Return that a right of every one is now that of one of them, or the other way round."""
    if not all(_MAY.search(side.lowered) for side in (old, new)):
        return
    every, one = ({match["noun"].removesuffix("s") for match in found.finditer(old.lowered)} for found in (_EACH, _ONE))
    all_now, one_now = (
        {match["noun"].removesuffix("s") for match in found.finditer(new.lowered)} for found in (_EACH, _ONE)
    )
    if (every - all_now) & (one_now - one):
        yield Finding("scope_narrowed", _WEAKER, f"“{new.text}”", old.text, new.text)
    elif (all_now - every) & (one - one_now):
        yield Finding("scope_widened", _STRONGER, f"“{new.text}”", old.text, new.text)


def _notice(old: Statement, new: Statement) -> Iterable[Finding]:
    """Return that people are no longer told of changes one by one, or now are."""
    words = grammar()
    if not all(words["change_notice"].search(side.lowered) for side in (old, new)):
        return
    was, now = (words["told_each"].search(side.lowered) is not None for side in (old, new))
    rest = old if now else new
    if was != now and words["told_all"].search(rest.lowered):
        kind, way = ("notice_public", _WEAKER) if was else ("notice_personal", _STRONGER)
        yield Finding(kind, way, "notice of changes", old.text, new.text, (Topic.POLICY_CHANGE,))


def _effort(old: Statement, new: Statement) -> Iterable[Finding]:
    """Return that the organisation now only tries to do a thing, or no longer only tries."""
    was, now = (grammar()["effort"].search(side.lowered) for side in (old, new))
    said, side = (was, old) if was else (now, new)
    if said is None or (was and now) or side.lowered.endswith(_PERSON, 0, said.start()):
        return
    if _FAILING.search(side.lowered[: said.start()]):
        return
    most = max(_MOST_APART, _SHARE_APART * max(len(old.words), len(new.words)))
    if not _is_persons(old, new) and _apart(old, new, said.group()) <= most:
        kind, way = ("duty_strengthened", _STRONGER) if was else ("duty_weakened", _WEAKER)
        words = [" ".join(found.group().split()) if found else "does" for found in (was, now)]
        yield Finding(kind, way, f"“{new.text}”", old.text, new.text, old=words[0], new=words[1])


def _is_persons(*sides: Statement) -> bool:
    """Say whether all that some sentences say is said of what the person does."""
    said = [predicate.stance.actor for side in sides for predicate in side.predicates]
    return bool(said) and all(actor is Actor.USER for actor in said)


def _asked(old: Statement, new: Statement) -> Iterable[Finding]:
    """Return that what hung on a yes now hangs on the lack of a no, or the other way round, whatever is done so."""
    gates = lexicon().gates.entries
    was, now = (side.gates & _ASKING for side in (old, new))
    if len(was) != 1 or len(now) != 1 or was == now or _apart(old, new) > _MOST_TURNED:
        return
    one, other = gates[next(iter(was))], gates[next(iter(now))]
    kind, way = ("consent_weakened", _WEAKER) if other.level > one.level else ("consent_strengthened", _STRONGER)
    yield Finding(
        kind, way, f"“{new.text}”", old.text, new.text, (Topic.CHOICE_CONSENT,), old=one.title, new=other.title
    )


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


def _bearing(old: Statement, new: Statement, one: Predicate | None, other: Predicate | None) -> Bearing:
    """Return what two versions of a sentence are to the person, by what it says in so many words, else by its verb."""
    for group, bearing in _BY_WORDS.items():
        if all(grammar()[group].search(side.lowered) for side in (old, new)):
            return bearing
    return bearing_of(one, other)


def differences(before: str, after: str) -> list[Finding]:
    """Return what the turns of two texts change, sentence by sentence; nothing for sentences that have no version."""
    found: list[Finding] = []
    for old, new in _versions(statements(before), statements(after)):
        pairs = pairs_of(old, new)
        if any(_says_only_if(old, new, one, other) for one, other in pairs) or bounded_alike(old.text, new.text):
            continue
        near = _apart(old, new) <= _MOST_TURNED
        asked = list(_asked(old, new))
        if asked:
            found += asked
            continue
        turned = [
            finding for one, other in pairs if near and (finding := _turned(one, other, old.text, new.text)) is not None
        ]
        found += turned
        if not turned:
            bearing = _bearing(old, new, *(pairs[0] if pairs else (None, None)))
            efforts = list(_effort(old, new))
            marks = [*_marks(old, new, bearing), *joined_conditions(old, new, bearing), *_notice(old, new)]
            if efforts:  # "where practicable" is no condition of its own
                marks = [*efforts, *(mark for mark in marks if not mark.kind.startswith("condition_"))]
            found += marks or item_changes(old, new, bearing)
    return found


def unexplained(turns: Iterable[Finding], found: Iterable[Finding]) -> list[Finding]:
    """Return the turns of sentences that none of the other findings about them explains."""
    families = {_FAMILIES.get(finding.kind, finding.kind) for finding in found}
    if "denial" in families:
        return []
    told = families | (_OF_SPANS if families & _SPANS else set())
    return [turn for turn in turns if _FAMILIES.get(turn.kind, turn.kind) not in told]
