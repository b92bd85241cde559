"""For whom and where a clause holds: regions and groups of people, and the places data goes to."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tracker.compare.facts.facts import Fact, Reading
from tracker.compare.facts.stance import Actor
from tracker.compare.findings.finding import Finding
from tracker.compare.text.topics import topics_of
from tracker.compare.vocabulary.cues import Cue, any_match, compile_cues
from tracker.compare.vocabulary.lexicon import Mention, Noun, lexicon
from tracker.compare.vocabulary.lexicons import active, cached
from tracker.words import Direction, Topic

_WEAKER, _STRONGER, _NEUTRAL = Direction.WEAKER, Direction.STRONGER, Direction.NEUTRAL
_CAPITALS = re.compile(r"\bUS\b|\bU\.S\.(?:A\.)?")
_SERVER = re.compile(
    r"\b[a-z]{2}-(?:west|east|central|north|south)[a-z]*-\d\b"
)  #: "eu-west-2" is a machine room's name
_ACT_NUMBER = re.compile(r"\((?:eu|ec|eec|euratom)\)\s*(?:no\.?\s*)?\d+/\d+")  #: "(EU) 2016/679" is a law's name
_FRAMEWORK = re.compile(r"\b(?:eu|uk|swiss)[-–](?:usa|us|u\.s\.)(?!\w)")  #: "EU-US" names what a transfer rests on
_END = re.compile(r"[.;:]\s")
_WORD = re.compile(r"[a-z]{3,}")
_ALIKE = 0.5  #: of the shorter side's words that two versions of one sentence share
_NEAR = 45  #: characters before a name in which it is said whose or where it is
_AFTER = 20
_LONGEST = 4000  #: characters of a clause that are read
_CELLS = " | "  #: between the cells of a table row, which `tables` reads
_FEW = 2  #: words that may come where words were taken away
_MOST_LIMIT = 8  #: words that say a limit
_OPENING = 6  #: characters before the subject of a sentence: "All", "The"
_EVERYBODY = frozenset({"anywhere", "everyone"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a text holds for, whom it leaves out, and the places it sends data to: names of entries."""

    held: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    laws: frozenset[str] = frozenset()  #: whose law or court decides
    named: frozenset[str] = frozenset()


@cached(1)
def _cues() -> Mapping[str, tuple[Cue, ...]]:
    data = active().table("scopes.toml")
    return {name: compile_cues(table["forms"]) for name, table in data.items() if "forms" in table}


@cached(1)
def _joints() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what may stand between names of one row, and two names that share their noun."""
    data = active().table("scopes.toml")
    joints, heads = ("|".join(map(re.escape, data[name]["words"])) or "(?!)" for name in ("joints", "heads"))
    return (
        re.compile(rf"[\s,/(]*(?:(?:{joints})(?!\w)[\s,/]*)*"),
        re.compile(rf"\b(\w+) (and|or) (\w+) ({heads})\b"),
    )


def lower(text: str) -> str:
    """Return a text in lower case with the "US" in capitals told from the pronoun."""
    return _ACT_NUMBER.sub(" ", _SERVER.sub(" ", _CAPITALS.sub("usa", text).lower().replace("’", "'")))


def regions_in(text: str) -> frozenset[str]:
    """Return the regions a text names, by entry of `lexicon/regions.toml`."""
    return frozenset(mention.name for mention in lexicon().regions.mentions(lower(text[:_LONGEST])))


def _chains(noun: Noun, lowered: str) -> list[list[Mention]]:
    """Return what a text names, names that are joined in one row together: "Spain, France and the UK"."""
    chains: list[list[Mention]] = []
    joint, _ = _joints()
    for mention in noun.mentions(lowered):
        if chains and joint.fullmatch(lowered, chains[-1][-1].end, mention.start):
            chains[-1].append(mention)
        else:
            chains.append([mention])
    return chains


@cached(8192)
def scope_of(text: str, noun_name: str) -> Scope:
    """Return whom a text holds for, by region or by group (`noun_name`: "regions" or "groups")."""
    lowered, cues = _joints()[1].sub(r"\1 \4 \2 \3 \4", _FRAMEWORK.sub(" ", lower(text[:_LONGEST]))), _cues()
    noun: Noun = getattr(lexicon(), noun_name)
    sides: dict[str, set[str]] = {"held": set(), "left_out": set(), "places": set(), "laws": set()}
    is_place = noun_name == "regions" and any_match(cues["place"], lowered)
    named: set[str] = set()
    parts = tuple(f" {word}" for word in active().table("scopes.toml")["part"]["words"])
    for chain in _chains(noun, lowered):
        start, end = chain[0].start, chain[-1].end
        before = _END.split(lowered[max(0, start - _NEAR) : start])[-1]
        after = lowered[end : end + _AFTER].lstrip(" '")
        names = {mention.name for mention in chain}
        named |= names
        if before.rstrip().endswith(parts):
            continue
        if noun_name == "regions" and any_match(cues["law"], before):
            sides["laws"] |= names
        elif any_match(cues["outside"], before):
            if not is_place:  # data sent "outside the EEA" leaves out nobody
                sides["left_out"] |= names
        elif any_match(cues["of"], before) or any(cue.pattern.match(after) for cue in cues["after"]):
            sides["held"] |= names
        elif is_place:
            sides["places"] |= names
        elif (noun_name == "groups" and start <= _OPENING) or names & _EVERYBODY:
            sides["held"] |= names
    return Scope(named=frozenset(named), **{side: frozenset(names) for side, names in sides.items()})


def favour(text: str, reading: Reading | None) -> int:
    """Return 1 for a clause that gives people something, -1 for one that takes, 0 where neither shows."""
    lowered, cues = lower(text[:_LONGEST]), _cues()
    good, bad = (
        [match.span() for cue in cues[name] for match in [cue.search(lowered)] if match] for name in ("good", "bad")
    )
    if any(not any(start <= at and to <= end for start, end in bad) for at, to in good):
        return 1
    for fact in reading.facts if reading else ():
        told = _favour_of(fact)
        if told:
            return told
    return -1 if bad else 0


def _favour_of(fact: Fact) -> int:
    entry = lexicon().acts.entries.get(fact.act)
    if entry is None:
        return 0
    if entry.side == "right" or (entry.side == "protection" and fact.actor is not Actor.USER):
        return -1 if fact.denied else 1
    if entry.side == "protection":
        return 1 if fact.denied else -1
    if entry.side == "burden":
        return 1 if fact.denied else -1
    return 1 if fact.denied and fact.actor is not Actor.USER else -1


@dataclass(frozen=True, slots=True)
class _Sides:
    """Two versions of a clause, and what is known of them besides their scope."""

    before: str
    after: str
    favour: int  #: as `favour` says
    topics: tuple[Topic, ...]
    only_went: bool  #: words were taken away, and hardly any came: the limit that went is all that changed
    only_came: bool

    def finding(self, kind: str, way: Direction, items: str, topics: tuple[Topic, ...] = ()) -> Finding:
        """Return a finding on this clause."""
        return Finding(kind, way, "this clause", self.before, self.after, topics or self.topics, items=items)


def scope_changes(before: str, after: str, old: Reading | None, new: Reading | None) -> list[Finding]:
    """Return the regions, groups and places that a clause now holds for, no longer does, or sends data to."""
    if _CELLS in before or _CELLS in after:
        return []
    scopes = [(name, scope_of(before, name), scope_of(after, name)) for name in ("regions", "groups")]
    words, others = (set(_WORD.findall(text.lower())) for text in (before, after))
    alike = len(words & others) >= _ALIKE * min(len(words), len(others))
    if not alike or all(was == now for _, was, now in scopes):
        return []
    went, came = len(words - others), len(others - words)
    sides = _Sides(
        before,
        after,
        favour(after, new) or favour(before, old),
        tuple(topic for topic in topics_of(after) if topic is not Topic.OTHER),
        came <= _FEW and went <= _MOST_LIMIT,
        went <= _FEW and came <= _MOST_LIMIT,
    )
    found = []
    for name, was, now in scopes:
        noun: Noun = getattr(lexicon(), name)
        told_of = _moved(noun, was, now, sides) + _places(noun, was, now, sides) + _laws(noun, was, now, sides)
        found += told_of or _exchanged(noun, was, now, sides)
    return found


def _new(noun: Noun, here: Collection[str], there: Collection[str]) -> list[str]:
    return [name for name in sorted(here) if not noun.covers(there, name)]


def _moved(noun: Noun, was: Scope, now: Scope, sides: _Sides) -> list[Finding]:
    """Return by whom the circle of those a clause holds for grew or shrank."""
    joined = set(_new(noun, was.left_out, now.left_out | now.held))
    gone = set(_new(noun, now.left_out, was.left_out | was.held))
    if was.held and now.held:
        joined |= set(_new(noun, now.held, was.held))
        gone |= set(_new(noun, was.held, now.held))
    elif was.held and sides.only_went and not now.named and not was.held & _EVERYBODY:
        joined |= {name for name in _EVERYBODY if name in noun.entries}
    elif now.held and sides.only_came and not was.named and not now.held & _EVERYBODY:
        return [_circle("group_limited", noun, now.held, sides)]
    if joined and gone:
        return [sides.finding("group_replaced", _NEUTRAL, told(noun, joined, gone))]
    if joined:
        return [_circle("group_extended", noun, joined, sides)]
    return [_circle("group_shrunk", noun, gone, sides)] if gone else []


def _exchanged(noun: Noun, was: Scope, now: Scope, sides: _Sides) -> list[Finding]:
    """Return that one name stands in the place of a wider or narrower one, where a clause says nothing else anew."""
    come, gone = _new(noun, now.named, was.named), _new(noun, was.named, now.named)
    if not was.named or not now.named or bool(come) == bool(gone) or not _same_but_for(noun, sides):
        return []
    return [_circle("group_extended" if come else "group_shrunk", noun, come or gone, sides)]


def _same_but_for(noun: Noun, sides: _Sides) -> bool:
    rests = []
    for text in (sides.before, sides.after):
        lowered, parts, end = lower(text[:_LONGEST]), [], 0
        for mention in noun.mentions(lowered):
            parts.append(lowered[end : mention.start])
            end = mention.end
        rests.append([*parts, lowered[end:]])
    return rests[0] == rests[1]


def _circle(kind: str, noun: Noun, names: Collection[str], sides: _Sides) -> Finding:
    """Return that a circle grew or shrank: good where the clause gives people something and more of them have it."""
    grew = kind == "group_extended"
    way = _NEUTRAL if not sides.favour else _STRONGER if (sides.favour > 0) == grew else _WEAKER
    return sides.finding(kind, way, noun.title(names))


def _places(noun: Noun, was: Scope, now: Scope, sides: _Sides) -> list[Finding]:
    """Return the places that data now goes to or no longer does."""
    come, gone = _new(noun, now.places, was.places), _new(noun, was.places, now.places)
    if not (was.places and now.places) or not (come or gone):
        return []
    way = _WEAKER if not gone else _STRONGER if not come else _from_safety(noun, gone, come)
    return [sides.finding("places_changed", way, told(noun, come, gone), (Topic.INTERNATIONAL_TRANSFER,))]


def _from_safety(noun: Noun, gone: Collection[str], come: Collection[str]) -> Direction:
    """Return what it means that some places took the place of others: whether more or fewer protect people as well."""
    safe: frozenset[str] = frozenset(active().table("scopes.toml")["safe"]["regions"])
    left, right = (sum(not noun.covers(safe, name) for name in names) for names in (gone, come))
    return _NEUTRAL if left == right else _WEAKER if right > left else _STRONGER


def _laws(noun: Noun, was: Scope, now: Scope, sides: _Sides) -> list[Finding]:
    """Return that another law or court decides; one law more or less is whose law gives or takes something."""
    come, gone = _new(noun, now.laws, was.laws), _new(noun, was.laws, now.laws)
    if not (was.laws and now.laws) or not (come or gone):
        return []
    if not (come and gone):
        return [_circle("group_extended" if come else "group_shrunk", noun, come or gone, sides)]
    safe: frozenset[str] = frozenset(active().table("scopes.toml")["safe"]["regions"])
    # One court more or less protects nobody better: what tells is whether any of them protects less.
    risky, riskier = (any(not noun.covers(safe, name) for name in names) for names in (gone, come))
    way = _NEUTRAL if risky == riskier else _WEAKER if riskier else _STRONGER
    return [sides.finding("law_changed", way, told(noun, come, gone), (Topic.DISPUTE_RESOLUTION,))]


def told(noun: Noun, come: Collection[str], gone: Collection[str]) -> str:
    """Return which entries came and went, as a sentence says it."""
    parts = [("added: ", come), ("removed: ", gone)]
    return "; ".join(f"{verb}{noun.title(names)}" for verb, names in parts if names)
