"""What a clause says: who does what with which data, to whom, for what, under which condition, for how long."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from tracker.compare.facts.asides import (
    binds_what_follows,
    framed,
    is_exempted,
    is_feared,
    is_within,
    only_says_when,
    only_says_which,
    only_says_which_day,
    only_tells_of_the_past,
    says_which_data,
    without_names,
)
from tracker.compare.facts.periods import Period, periods
from tracker.compare.facts.scopes import Scope, scopes
from tracker.compare.facts.stance import Actor, Force, Stance, blanked, stance, without_idioms
from tracker.compare.model import BlockKind, Clause
from tracker.compare.vocabulary.grammar import grammar, phrases, said
from tracker.compare.vocabulary.lexicon import Lexicon, Mention, Noun, lexicon
from tracker.compare.vocabulary.lexicons import cached

UNRESTRICTED, NEVER = 5, 0  #: levels of exposure besides those of lexicon/gates.toml
_LEGAL = 2  #: gates that a sentence may also name as mere examples
SLOTS = ("data_types", "recipients", "purposes", "safeguards")
DEFINES = "define:"  #: opens the act of a definition

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])|;\s+(?=(?:we|you|our|they|and we|but we)\b)", re.IGNORECASE)
_DEFINITION = re.compile(r"[\"“]([^\"”]{2,40})[\"”]\s+(?:means|refers to|includes)\b|^\W*([a-z ]{2,30}?) means\b")
_WORD = re.compile(r"[a-z0-9]+")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.]+|\[email.protected\]", re.IGNORECASE)
_OF_ADDRESSES = ("://", "www.", "@", "protected]")  #: one of them stands in every address
#: Words that only look like a way to consent or learn: "if you send it, you agree that", "by this Privacy Notice".
_NO_GATE = re.compile(
    r"^(?:if|where|when|unless|once|until|after) (?:you|users?|they)\b.*, (?:then )?(?:you|users?|they)\b"
    r"|\b(?:privacy|cookies?|this|legal|fair processing) notice$"
)
#: "Harm if it is accessed without authorization": what others must not do.
_MISUSED = re.compile(r"\b(?:used|accessed|disclosed|altered|copied|obtained|acquired|taken) without authori[sz]ation$")
_SLACK = 3  #: characters a verb may reach beyond its condition
_BACK, _AHEAD = 160, 320  #: characters around a verb in which its objects stand
_LONGEST = 4000  #: characters of a clause that are read; what is longer is a damaged extraction or a table


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement. Sets hold names of lexicon entries; `quotes` the words that filled each slot."""

    actor: Actor
    act: str
    denied: bool
    force: Force
    exposure: (
        int  #: 0 never, 1 opt-in, 2 legal process, 3 opt-out, 4 notice, 5 unrestricted, 6 expressly without asking
    )
    slots: Mapping[str, frozenset[str]]
    gates: frozenset[str] = frozenset()
    exceptions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()
    exclusive: bool = False
    open: bool = False
    breadth: int = 0  #: -1 some, 1 all, 0 not said
    periods: tuple[Period, ...] = ()
    quotes: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False)
    sentence: str = field(default="", compare=False)

    def quote(self, slot: str, name: str) -> str:
        """Return the words of the text that filled a slot."""
        return self.quotes.get((slot, name), "")


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read from one text."""

    facts: tuple[Fact, ...]
    phrases: Mapping[str, str]  #: legal phrases and the words that said them
    periods: tuple[Period, ...]

    @property
    def acts(self) -> frozenset[str]:
        """Return the acts it speaks of."""
        return frozenset(fact.act for fact in self.facts)


def _within(act: Mention, item: Mention) -> bool:
    """Say whether an item stands near enough to an act to belong to it."""
    return act.start - _BACK <= item.start <= act.end + _AHEAD


def _slots(
    mentions: Mapping[str, tuple[Mention, ...]],
    text: str,
    belonging: Collection[str],
    act: Mention | None = None,
    scope: Scope | None = None,
) -> tuple[dict[str, frozenset[str]], dict[tuple[str, str], str]]:
    filled: dict[str, frozenset[str]] = {}
    quotes: dict[tuple[str, str], str] = {}
    for slot in SLOTS:
        near = [item for item in mentions[slot] if slot in belonging and (act is None or _within(act, item))]
        if scope is not None:
            own = [item for item in near if scope.holds(item.start)]
            # "We collect your name and share it": what a verb has no words for is what the one before it had.
            near = own or [item for item in near if slot == "data_types" and item.start < scope.start]
        filled[slot] = frozenset(mention.name for mention in near)
        for mention in near:
            quotes.setdefault((slot, mention.name), text[mention.start : mention.end])
    return filled, quotes


def _exposure(denied: bool, gates: Iterable[Mention], scope: str, words: Lexicon) -> tuple[int, frozenset[str]]:
    names = {mention.name for mention in gates}
    entries = words.gates.entries
    if denied:
        names = {entries[name].denies or name for name in names}
        levels = [entries[name].level for name in names] if grammar()["in_exception"].search(scope) else []
        return (max(levels) if levels else NEVER), frozenset(names)
    against = {entries[name].denies for name in names} - {""}
    names = {
        name
        for name in names
        if name not in against and (entries[name].level != _LEGAL or grammar()["bound"].search(scope))
    }
    levels = [entries[name].level for name in names]
    return (max(levels) if levels else UNRESTRICTED), frozenset(names)


def gates_in(lowered: str, words: Lexicon) -> tuple[Mention, ...]:
    """Return the ways to consent, object or learn of it that a lower-case sentence names."""
    return tuple(
        gate
        for gate in words.gates.mentions(lowered)
        if not _NO_GATE.search(lowered[gate.start : gate.end]) and not _MISUSED.search(lowered, 0, gate.end)
    )


def _is_of_gate(act: Mention, gates: Iterable[Mention], words: Lexicon) -> bool:
    """Say whether a verb only says how a condition is met: "unless you give us permission"."""
    return words.acts.entries[act.name].side == "exposure" and any(
        gate.start <= act.start and act.end <= gate.end + _SLACK for gate in gates
    )


def _mentions(lowered: str, words: Lexicon) -> dict[str, tuple[Mention, ...]]:
    nouns: dict[str, Noun] = {slot: getattr(words, slot) for slot in SLOTS}
    lowered_data = blanked(grammar()["no_data"], lowered)
    found = {slot: noun.mentions(lowered_data if slot == "data_types" else lowered) for slot, noun in nouns.items()}
    # The advertising of "advertising networks" names them, no purpose.
    found["purposes"] = tuple(
        purpose
        for purpose in found["purposes"]
        if not any(item.start <= purpose.start and purpose.end <= item.end for item in found["recipients"])
    )
    return found


def _breadth(lowered: str) -> int:
    some, every = (grammar()[group].search(lowered) is not None for group in ("some", "every"))
    return int(every) - int(some)


def _exceptions(scope: str, gates: Iterable[Mention]) -> tuple[str, ...]:
    """Return what is taken out of a statement, ways to consent or object left aside."""
    return said(
        (start, words)
        for start, words in phrases("exception", scope, ".;")
        if not any(start <= gate.start < start + len(words) or gate.start <= start < gate.end for gate in gates)
    )


def _definition(lowered: str, text: str, words: Lexicon) -> Fact | None:
    match = _DEFINITION.search(lowered)
    if match is None:
        return None
    slots, quotes = _slots(_mentions(lowered, words), text, SLOTS)
    term = (match.group(1) or match.group(2)).strip()
    return Fact(Actor.COMPANY, DEFINES + term, False, Force.DOES, UNRESTRICTED, slots, quotes=quotes, sentence=text)


def _facts_of(text: str, words: Lexicon) -> list[Fact]:
    if text.endswith("?"):
        return []
    lowered = without_names(without_idioms(text.lower().replace("’", "'")))
    definition = _definition(lowered, text, words)
    if definition:
        return [definition]
    acts = words.acts.mentions(blanked(grammar()["no_act"], lowered))
    if not acts:
        return []
    gates = gates_in(lowered, words)
    acts = tuple(act for act in acts if not _is_of_gate(act, gates, words))
    starts = frozenset(mention.start for mention in acts)
    told = ((mention, stance(lowered, mention.start, mention.end, starts)) for mention in acts)
    verbs = _stated(lowered, [(mention, how) for mention, how in told if how is not None], gates, words)
    if not verbs:
        return []
    items = _mentions(lowered, words)
    cut = scopes(lowered, verbs, [item.start for slot in items.values() for item in slot])
    return [
        _fact(text, lowered, mention, how, scope, items, gates, words)
        for (mention, how), scope in zip(verbs, cut, strict=True)
    ]


def _stated(
    lowered: str, verbs: list[tuple[Mention, Stance]], gates: Collection[Mention], words: Lexicon
) -> list[tuple[Mention, Stance]]:
    """Return the verbs that state something, those left out that a sentence only speaks of."""
    frames = () if gates else framed(lowered)

    def is_aside(mention: Mention) -> bool:
        start, end = mention.start, mention.end
        if is_feared(lowered, start) or only_says_which_day(lowered, start):
            return True
        if words.acts.entries[mention.name].side == "exposure":
            return is_within(frames, start) or only_says_which(lowered, start)
        return only_says_when(lowered, start) or only_tells_of_the_past(lowered, start, end)

    found = [(mention, how) for mention, how in verbs if not is_aside(mention)]
    return [(mention, how) for mention, how in found if not says_which_data(lowered, mention.start)] or found


def _fact(
    text: str,
    lowered: str,
    mention: Mention,
    how: Stance,
    scope: Scope,
    items: Mapping[str, tuple[Mention, ...]],
    gates: Iterable[Mention],
    words: Lexicon,
) -> Fact:
    """Return what one verb says within its own part of a sentence."""
    part = scope.of(lowered)
    gates = [gate for gate in gates if scope.holds(gate.start)]
    binding = [gate for gate in gates if not binds_what_follows(lowered, gate.start, gate.end)]
    exposure, names = _exposure(how.denied, binding, part, words)
    slots, quotes = _slots(items, text, words.acts.entries[mention.name].slots, mention, scope)
    return Fact(
        how.actor,
        mention.name,
        how.denied and exposure == NEVER,
        how.force,
        exposure,
        slots,
        names,
        _exceptions(part, gates),
        said(phrases("condition", part, ",.;")),
        said(phrases("hedge", part)),
        grammar()["only"].search(part) is not None and exposure >= UNRESTRICTED,
        grammar()["open"].search(text.lower()) is not None,
        _breadth(part),
        periods(lowered),
        {
            **quotes,
            ("act", mention.name): text[mention.start : mention.end],
            ("stance", mention.name): how.words,
        },
        text,
    )


def _without_addresses(text: str) -> str:
    text = " ".join(text.split())[:_LONGEST]
    lowered = text.lower()
    if not any(mark in lowered for mark in _OF_ADDRESSES):
        return text
    return _ADDRESS.sub(lambda match: " " * len(match.group()), text)


def _led(text: str, lead_in: str) -> str:
    return f"{lead_in[-_LONGEST:].rstrip(': ')} {text}" if lead_in else text


def as_read(text: str, lead_in: str = "") -> str:
    """Return the words that are read of a text: all that its facts hold stand there."""
    return _led(_without_addresses(text), lead_in)


@cached(4096)
def read(text: str, lead_in: str = "") -> Reading:
    """Read a text in the light of the sentence that opens its list. English only; cached."""
    words = lexicon()
    text = _without_addresses(text)
    whole = _led(text, lead_in)
    facts = [fact for sentence in _SENTENCE.split(whole) for fact in _facts_of(sentence, words)]
    lowered = text.lower().replace("’", "'")
    phrases = {
        item.name: text[item.start : item.end]
        for item in words.legal_phrases.mentions(lowered)
        if not lowered.endswith(("non-", "non "), 0, item.start) and not is_exempted(lowered, item.start)
    }
    times = tuple(period for sentence in _SENTENCE.split(whole) for period in periods(sentence.lower()))
    return Reading(tuple(facts), phrases, times)


@cached(4096)
def spoken(text: str) -> frozenset[str]:
    """Return every word of a text that some entry of the lexicon reads, with and without its hyphens."""
    words = lexicon()
    lowered = text[:_LONGEST].lower().replace("’", "'")
    return frozenset(
        word
        for noun in (words.acts, words.data_types, words.recipients, words.purposes, words.gates, words.safeguards)
        for item in noun.mentions(lowered)
        for said in (lowered[item.start : item.end],)
        for word in _WORD.findall(f"{said} {said.replace('-', '')}")
    )


def facts(clause: Clause) -> tuple[Fact, ...]:
    """Return what a clause says; nothing for headings."""
    return () if clause.kind is BlockKind.HEADING else read(clause.text, clause.lead_in).facts
